#include "metrics/squad.h"

#include <utf8proc.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <unordered_map>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "fbert/error.h"
#include "loader/json.h"
#include "loader/json_scanner.h"
#include "loader/utf8.h"

namespace fbert {
namespace {

constexpr size_t kMaxValues = 20'000'000;
constexpr double kNoAnswerThreshold = 1;  // the official script's: probabilities leave every answer where it is

bool is_ascii_punctuation(uint32_t c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

// What Python's str.split() and \s take for white space.
bool is_space(uint32_t c) {
  if ((c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85) return true;
  const utf8proc_category_t category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;
}

// What Python's \w takes for part of a word.
bool is_word(uint32_t c) {
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
      return true;
    default:
      return c == '_';
  }
}

std::u32string lower_without_punctuation(std::string_view text) {
  std::u32string out;
  for (size_t position = 0; position < text.size();) {
    const auto lower =
        static_cast<uint32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(next_code_point(text, position))));
    if (!is_ascii_punctuation(lower)) out += static_cast<char32_t>(lower);
  }
  return out;
}

// Articles that are whole words become a space.
std::u32string without_articles(const std::u32string& text) {
  std::u32string out;
  for (size_t begin = 0; begin < text.size();) {
    const bool in_word = is_word(text[begin]);
    size_t end = begin + 1;
    while (end < text.size() && is_word(text[end]) == in_word) ++end;
    const std::u32string_view part(text.data() + begin, end - begin);
    const bool article = part == U"a" || part == U"an" || part == U"the";
    out += article ? std::u32string_view(U" ") : part;
    begin = end;
  }
  return out;
}

std::vector<std::string> words_of(std::string_view answer) {
  std::vector<std::string> words;
  bool in_word = false;
  for (const char32_t c : without_articles(lower_without_punctuation(answer))) {
    const bool space = is_space(c);
    if (!space && !in_word) words.emplace_back();
    in_word = !space;
    if (!space) append_utf8(words.back(), c);
  }
  return words;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

double f1_of(std::vector<std::string> prediction, std::vector<std::string> gold) {
  std::sort(prediction.begin(), prediction.end());
  std::sort(gold.begin(), gold.end());
  std::vector<std::string> common;
  std::set_intersection(prediction.begin(), prediction.end(), gold.begin(), gold.end(), std::back_inserter(common));
  if (common.empty()) return 0;
  return 2.0 * static_cast<double>(common.size()) / static_cast<double>(prediction.size() + gold.size());
}

using Words = std::vector<std::string>;

// The objects in the array `key` of `parent`.
std::vector<JsonObject> objects(const JsonObject& parent, std::string_view key) {
  const Json& array = parent.at(key);
  if (!array.is_array()) parent.fail(key, std::string("expected an array, found ") + array.type_name());
  std::vector<JsonObject> result;
  for (const Json& entry : array) {
    result.emplace_back(entry, parent.source(), fmt::format("{}[{}]", parent.path_of(key), result.size()));
  }
  return result;
}

struct Question {
  std::string id;
  std::vector<Words> answers;  // gold
  bool is_v2 = false;          // what only v2.0 has
  bool has_answer = false;
  const std::string* prediction = nullptr;
  double exact = 0;
  double f1 = 0;
};

Question read_question(const JsonObject& json) {
  Question question;
  question.id = json.string("id");
  for (const JsonObject& answer : objects(json, "answers")) question.answers.push_back(words_of(answer.string("text")));
  question.has_answer = !question.answers.empty();
  question.is_v2 = !question.has_answer || json.has("is_impossible");
  return question;
}

std::vector<Question> read_questions(const JsonObject& file) {
  std::vector<Question> questions;
  for (const JsonObject& article : objects(file, "data")) {
    for (const JsonObject& paragraph : objects(article, "paragraphs")) {
      for (const JsonObject& question : objects(paragraph, "qas")) questions.push_back(read_question(question));
    }
  }
  if (questions.empty()) throw Error(ErrorCode::kData, file.source() + ": no questions");
  return questions;
}

bool is_v2(const JsonObject& file, std::span<const Question> questions) {
  const Json* version = file.find("version");
  const std::string name = version != nullptr && version->is_string() ? version->get<std::string>() : "";
  return name.starts_with("v2") || name.starts_with("2") ||
         std::any_of(questions.begin(), questions.end(), [](const Question& question) { return question.is_v2; });
}

// In v2.0 gold answers without words do not count, no gold answer is an empty one, and two empty answers are equal.
void score(Question& question, bool v2) {
  if (question.prediction == nullptr) return;
  std::vector<Words>& golds = question.answers;
  if (v2) std::erase_if(golds, [](const Words& gold) { return gold.empty(); });
  if (v2 && golds.empty()) golds.emplace_back();
  const Words predicted = words_of(*question.prediction);
  for (const Words& gold : golds) {
    const bool equal = gold == predicted;
    const bool has_empty = gold.empty() || predicted.empty();
    if (equal) question.exact = 1;
    question.f1 = std::max(question.f1, v2 && has_empty ? (equal ? 1.0 : 0.0) : f1_of(predicted, gold));
  }
}

SquadPart mean_of(std::span<const Question> questions, bool (*belongs)(const Question&)) {
  SquadPart part;
  for (const Question& question : questions) {
    if (!belongs(question)) continue;
    ++part.questions;
    part.exact_match += question.exact;
    part.f1 += question.f1;
  }
  const double percent = 100 / static_cast<double>(std::max<int64_t>(part.questions, 1));
  part.exact_match *= percent;
  part.f1 *= percent;
  return part;
}

std::optional<SquadPart> part_of(std::span<const Question> questions, bool (*belongs)(const Question&)) {
  const SquadPart part = mean_of(questions, belongs);
  return part.questions > 0 ? std::optional(part) : std::nullopt;
}

using Probabilities = std::vector<std::pair<std::string, double>>;

// In the order of the file, which decides between equal ones.
Probabilities read_probabilities(const SquadFile& file) {
  Probabilities probabilities;
  JsonScanner in(file.json, file.name);
  for (bool more = in.begin('{', '}'); more; more = in.next('}')) {
    const std::string id(in.key());
    const double value = std::visit([](auto number) { return static_cast<double>(number); }, in.number());
    probabilities.emplace_back(id, value);
  }
  in.end();
  return probabilities;
}

// The probabilities of the questions that have a prediction, the smallest first.
std::vector<std::pair<const Question*, double>> sorted_by_probability(std::span<const Question> questions,
                                                                      const SquadFile& file) {
  std::unordered_map<std::string_view, const Question*> by_id;
  for (const Question& question : questions) {
    if (question.prediction != nullptr) by_id.emplace(question.id, &question);
  }
  std::vector<std::pair<const Question*, double>> sorted;
  for (const auto& [id, value] : read_probabilities(file)) {
    const auto found = by_id.find(id);
    if (found == by_id.end()) continue;
    sorted.emplace_back(found->second, value);
    by_id.erase(found);
  }
  for (const Question& question : questions) {
    if (by_id.find(question.id) == by_id.end()) continue;
    throw Error(ErrorCode::kData, fmt::format("{}: no probability for question {}", file.name, escaped(question.id)));
  }
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return sorted;
}

// Begins with no answer at all and takes them in, the surest one first.
SquadBest best_of(std::span<const std::pair<const Question*, double>> sorted, std::span<const Question> questions,
                  double Question::*figure) {
  double current = static_cast<double>(
      std::count_if(questions.begin(), questions.end(), [](const Question& question) { return !question.has_answer; }));
  SquadBest best{.score = current, .threshold = 0};
  for (const auto& [question, probability] : sorted) {
    const double without = question->prediction->empty() ? 0.0 : -1.0;
    current += question->has_answer ? question->*figure : without;
    if (current > best.score) best = {.score = current, .threshold = probability};
  }
  best.score *= 100 / static_cast<double>(questions.size());
  return best;
}

SquadNoAnswers score_no_answers(std::vector<Question>& questions, const SquadFile* na_probabilities) {
  SquadNoAnswers result;
  if (na_probabilities != nullptr) {
    const auto sorted = sorted_by_probability(questions, *na_probabilities);
    result.best_exact = best_of(sorted, questions, &Question::exact);
    result.best_f1 = best_of(sorted, questions, &Question::f1);
    for (const auto& [question, probability] : sorted) {
      if (!(probability > kNoAnswerThreshold)) continue;
      Question& left_out = questions[static_cast<size_t>(question - questions.data())];
      left_out.exact = left_out.f1 = question->has_answer ? 0 : 1;
    }
  }
  result.with_answer = part_of(questions, [](const Question& question) { return question.has_answer; });
  result.without_answer = part_of(questions, [](const Question& question) { return !question.has_answer; });
  return result;
}

Json read_predictions(const SquadFile& file) {
  Json predictions = parse_json(file.json, file.name, kMaxValues);
  const JsonObject checked(predictions, file.name);
  for (const auto& item : predictions.items()) {
    if (!item.value().is_string())
      checked.fail(item.key(), std::string("expected an answer, found ") + item.value().type_name());
  }
  return predictions;
}

}  // namespace

SquadScore score_squad(const SquadFile& data, const SquadFile& predictions, const SquadFile* na_probabilities) {
  const Json json = parse_json(data.json, data.name, kMaxValues);
  const JsonObject file(json, data.name);
  std::vector<Question> questions = read_questions(file);
  const Json answers = read_predictions(predictions);
  const bool v2 = is_v2(file, questions);
  if (!v2 && na_probabilities != nullptr) {
    throw OptionError(ErrorCode::kUsage, "", "na_probabilities",
                      fmt::format(": every question of {} has an answer (SQuAD v1.1)", data.name));
  }
  SquadScore result;
  for (Question& question : questions) {
    const auto found = answers.find(question.id);
    if (found != answers.end()) question.prediction = found->get_ptr<const std::string*>();
    result.unanswered += question.prediction == nullptr ? 1 : 0;
    score(question, v2);
  }
  if (v2) result.no_answers = score_no_answers(questions, na_probabilities);
  const SquadPart all = mean_of(questions, [](const Question&) { return true; });
  result.questions = all.questions;
  result.exact_match = all.exact_match;
  result.f1 = all.f1;
  return result;
}

std::string squad_normalized(std::string_view answer) { return joined(words_of(answer)); }

double squad_f1(std::string_view prediction, std::string_view gold) {
  return f1_of(words_of(prediction), words_of(gold));
}

}  // namespace fbert
