#include <cmath>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "engine/config_reader.h"
#include "fbert/error.h"

namespace fbert {
namespace {

constexpr int64_t kMostLabels = 1 << 20;
constexpr int64_t kUsualLabels = 2;  // Hugging Face's default

// A label id written as a JSON key: digits without leading zeros.
std::optional<int64_t> parse_label_id(const std::string& text) {
  if (text.empty() || text.size() > 7 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  int64_t id = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    id = id * 10 + (c - '0');
  }
  return id;
}

// The name of a label as Python's str() writes its value.
std::string label_name(const JsonObject& names, const std::string& key) {
  const Json* value = names.find(key);
  if (value == nullptr) return "None";
  switch (value->type()) {
    case Json::value_t::string:
      return value->get<std::string>();
    case Json::value_t::boolean:
      return value->get<bool>() ? "True" : "False";
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      return value->dump();
    case Json::value_t::number_float: {
      const std::string text = fmt::format("{}", names.number(key));
      return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
    }
    default:
      names.fail(key, fmt::format("expected the name of a label, found an {}", value->type_name()));
  }
}

std::optional<int64_t> stated_count(const JsonObject& json) {
  if (json.find("num_labels") == nullptr) return std::nullopt;
  return json.integer("num_labels", 1, kMostLabels);
}

std::optional<int64_t> tensor_rows(const JsonObject& json, const TensorFindings* tensors) {
  if (tensors == nullptr || !tensors->classifier_rows) return std::nullopt;
  const size_t rows = *tensors->classifier_rows;
  if (rows >= 1 && rows <= static_cast<size_t>(kMostLabels)) return static_cast<int64_t>(rows);
  json.fail("num_labels", fmt::format("the tensor 'classifier.weight' has {} rows", rows));
}

// LABEL_0 and so on, as many as the tensors or else the file has.
std::vector<std::string> numbered_labels(const JsonObject& json, std::optional<int64_t> rows,
                                         std::vector<std::string>& notes) {
  const std::optional<int64_t> stated = stated_count(json);
  const int64_t count = rows.value_or(stated.value_or(kUsualLabels));
  if (stated && *stated != count) {
    notes.push_back(fmt::format("{}: key 'num_labels': {}, but the tensor 'classifier.weight' has {} rows, which count",
                                json.source(), *stated, count));
  }
  std::vector<std::string> labels;
  for (int64_t i = 0; i < count; ++i) labels.push_back(fmt::format("LABEL_{}", i));
  return labels;
}

void check_count(const JsonObject& json, int64_t count, std::optional<int64_t> rows, std::vector<std::string>& notes) {
  if (rows && *rows != count) {
    json.fail("id2label", fmt::format("{} labels, but the tensor 'classifier.weight' has {} rows", count, *rows));
  }
  const std::optional<int64_t> stated = stated_count(json);
  if (!stated || *stated == count) return;
  const std::string problem = fmt::format("{} does not match the {} labels of id2label", *stated, count);
  if (!rows) json.fail("num_labels", problem);
  notes.push_back(fmt::format("{}: key 'num_labels': {}, which the tensors have too", json.source(), problem));
}

std::vector<std::string> read_labels(const JsonObject& json, const TensorFindings* tensors,
                                     std::vector<std::string>& notes) {
  const std::optional<int64_t> rows = tensor_rows(json, tensors);
  if (json.find("id2label") == nullptr) return numbered_labels(json, rows, notes);
  const JsonObject names = json.object("id2label");
  const auto count = static_cast<int64_t>(names.json().size());
  if (count == 0 && rows) return numbered_labels(json, rows, notes);
  if (count == 0) json.fail("id2label", "expected at least one label");

  std::vector<std::string> labels(static_cast<size_t>(count));
  std::map<std::string, std::string> ids;  // label -> id, to find labels of one name
  for (const auto& [key, unused] : names.json().items()) {
    const std::optional<int64_t> id = parse_label_id(key);
    if (!id || *id >= count) {
      json.fail("id2label", fmt::format("expected the ids 0 to {}, found {}", count - 1, escaped(key)));
    }
    const std::string& label = labels[static_cast<size_t>(*id)] = label_name(names, key);
    const auto [other, is_new] = ids.emplace(label, key);
    if (is_new) continue;
    notes.push_back(fmt::format("{}: key 'id2label': label {} stands for both {} and {}", json.source(), escaped(label),
                                other->second, key));
  }
  check_count(json, count, rows, notes);
  return labels;
}

ProblemType read_problem_type(const JsonObject& json, size_t labels) {
  const std::string name = json.string_or("problem_type", "");
  if (name == "regression") return ProblemType::kRegression;
  if (name == "single_label_classification") return ProblemType::kSingleLabel;
  if (name == "multi_label_classification") return ProblemType::kMultiLabel;
  if (!name.empty()) json.refuse("problem_type", fmt::format("{} is not supported", escaped(name)));
  return labels == 1 ? ProblemType::kRegression : ProblemType::kSingleLabel;
}

// The function that a cross-encoder of sentence-transformers states, by the path of its class.
std::optional<ScoreFunction> stated_function(const JsonObject& json, std::string_view key) {
  static const std::map<std::string, ScoreFunction, std::less<>> kFunctions = {{"Sigmoid", ScoreFunction::kSigmoid},
                                                                               {"Identity", ScoreFunction::kIdentity}};
  if (json.find(key) == nullptr) return std::nullopt;
  const std::string path = json.string(key);
  const size_t module = path.rfind('.') == std::string::npos ? 0 : path.rfind('.') + 1;
  const auto found = kFunctions.find(std::string_view(path).substr(module));
  if (found != kFunctions.end() && (module == 0 || path.starts_with("torch.nn."))) return found->second;
  json.refuse(key,
              fmt::format("{} is not supported; fbert runs torch.nn.Sigmoid and torch.nn.Identity", escaped(path)));
}

std::optional<ScoreFunction> cross_encoder_function(const JsonObject& json) {
  const std::optional<ScoreFunction> former = stated_function(json, "sbert_ce_default_activation_function");
  if (json.find("sentence_transformers") == nullptr) return former;
  const JsonObject own = json.object("sentence_transformers");
  for (const char* key : {"activation_fn", "activation_function"}) {
    if (const std::optional<ScoreFunction> stated = stated_function(own, key)) return stated;
  }
  return former;
}

// As the pipeline of transformers decides, but that it does not read what a cross-encoder states. A softmax of one
// value would be 1 for every text.
ScoreFunction read_score_function(const JsonObject& json, ProblemType type, size_t labels) {
  if (labels == 1) {
    if (const std::optional<ScoreFunction> stated = cross_encoder_function(json)) return *stated;
    return json.string_or("problem_type", "") == "regression" ? ScoreFunction::kIdentity : ScoreFunction::kSigmoid;
  }
  switch (type) {
    case ProblemType::kSingleLabel:
      return ScoreFunction::kSoftmax;
    case ProblemType::kMultiLabel:
      return ScoreFunction::kSigmoid;
    case ProblemType::kRegression:
      break;
  }
  return ScoreFunction::kIdentity;
}

}  // namespace

SequenceClassification read_classification(const JsonObject& json, const TensorFindings* tensors,
                                           std::vector<std::string>& notes) {
  SequenceClassification head;
  head.labels = read_labels(json, tensors, notes);
  head.problem_type = read_problem_type(json, head.labels.size());
  head.scores = read_score_function(json, head.problem_type, head.labels.size());
  return head;
}

}  // namespace fbert
