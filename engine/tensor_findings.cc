#include "engine/tensor_findings.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "engine/modules.h"
#include "engine/tensor_names.h"
#include "fbert/error.h"

namespace fbert {
namespace {

constexpr std::array kKnownFamilies = {Family::kBert, Family::kDistilBert};

// Encoders of other families that name their layers as BERT does: what they are called in names is no wrapper.
constexpr std::string_view kForeignEncoders[] = {"camembert",  "convbert", "data2vec_text", "electra",     "ernie",
                                                 "esm",        "layoutlm", "longformer",    "luke",        "markuplm",
                                                 "mobilebert", "nezha",    "rembert",       "roberta",     "roformer",
                                                 "splinter",   "tapas",    "visual_bert",   "xlm_roberta", "xmod"};

// How the names of other frameworks end.
struct ForeignName {
  std::string_view ending;
  std::string_view framework;
  std::string_view flag;  // of from_pretrained()
};
constexpr ForeignName kForeignNames[] = {{"/kernel", "TensorFlow", "from_tf"},
                                         {":0", "TensorFlow", "from_tf"},
                                         {"/gamma", "TensorFlow", "from_tf"},
                                         {".kernel", "Flax", "from_flax"},
                                         {".embedding", "Flax", "from_flax"}};

template <typename F>
void for_each_name(const WeightFiles& files, const F& f) {
  for (const SafeTensors& file : files.files()) {
    for (const TensorInfo& tensor : file.tensors()) f(std::string_view(tensor.name));
  }
}

// A weight that every checkpoint of a family has and no other family names so, without its prefix.
std::string telling_name(Family family) { return fmt::format(fmt::runtime(tensor_names(family).query), 0) + ".weight"; }

bool is_foreign(std::string_view wrapper) {
  return std::any_of(std::begin(kForeignEncoders), std::end(kForeignEncoders), [&](std::string_view encoder) {
    return fmt::format(".{}", wrapper).find(fmt::format(".{}.", encoder)) != std::string::npos;
  });
}

// What stands before the family's own prefix in a name of it; none for other names.
std::optional<std::string_view> wrapper_of(std::string_view name, Family family) {
  const std::string telling = telling_name(family);
  if (!name.ends_with(telling)) return std::nullopt;
  name.remove_suffix(telling.size());
  if (!name.empty() && name.back() != '.') return std::nullopt;
  const std::string_view prefix = tensor_names(family).prefix;
  if (name == prefix || name.ends_with(fmt::format(".{}", prefix))) name.remove_suffix(prefix.size());
  return name;
}

struct Wrapped {
  Family family;
  std::string wrapper;
};

// By the first telling name; one that nothing was put before wins over others.
std::optional<Wrapped> find_encoder(const WeightFiles& files) {
  std::optional<Wrapped> found;
  for_each_name(files, [&](std::string_view name) {
    for (const Family family : kKnownFamilies) {
      const std::optional<std::string_view> wrapper = wrapper_of(name, family);
      if (!wrapper || is_foreign(*wrapper)) continue;
      if (!found || wrapper->empty()) found = Wrapped{family, std::string(*wrapper)};
    }
  });
  return found;
}

void refuse_other_frameworks(const WeightFiles& files) {
  for_each_name(files, [&](std::string_view name) {
    for (const ForeignName& foreign : kForeignNames) {
      if (!name.ends_with(foreign.ending)) continue;
      throw Error(ErrorCode::kUnsupported,
                  fmt::format("{}: tensor {}: these are names of {}; convert the model with transformers: "
                              "AutoModelForSequenceClassification.from_pretrained(FOLDER, {}=True)"
                              ".save_pretrained(OUTPUT)",
                              files.source(), escaped(name), foreign.framework, foreign.flag));
    }
  });
}

bool has_linear(const WeightFiles& files, const std::string& module) {
  return files.find(module + ".weight") && files.find(module + ".bias");
}

}  // namespace

TensorFindings find_tensors(WeightFiles& files) {
  TensorFindings findings;
  const std::optional<Wrapped> encoder = find_encoder(files);
  if (!encoder) {
    refuse_other_frameworks(files);
    return findings;
  }
  findings.family = encoder->family;
  if (!encoder->wrapper.empty() && files.strip_prefix(encoder->wrapper)) {
    findings.notes.push_back(fmt::format("{}: all names of tensors begin with {}, which is taken off", files.source(),
                                         escaped(encoder->wrapper)));
  }
  const WeightFiles::Found classifier = files.find("classifier.weight");
  if (!classifier || classifier.tensor->shape.size() != 2) return findings;
  findings.classifier_rows = static_cast<size_t>(classifier.tensor->shape[0]);
  findings.has_head = has_linear(files, "classifier") &&
                      has_linear(files, head_dense_name(encoder->family, prefix_in(files, encoder->family)));
  return findings;
}

}  // namespace fbert
