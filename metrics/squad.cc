#include "metrics/squad.h"

#include <utf8proc.h>

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "fbert/error.h"
#include "loader/json.h"
#include "loader/utf8.h"

namespace fbert {
namespace {

constexpr size_t kMaxFileBytes = size_t{256} << 20;
constexpr size_t kMaxValues = 20'000'000;

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

using Predictions = Json;

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

void add_question(const JsonObject& question, const Predictions& predictions, SquadScore& sums) {
  const std::string id = question.string("id");
  const std::vector<JsonObject> answers = objects(question, "answers");
  ++sums.questions;
  const auto found = predictions.find(id);
  if (found == predictions.end()) {
    ++sums.unanswered;
    return;
  }
  const std::vector<std::string> predicted = words_of(found->get_ref<const std::string&>());
  double exact = 0;
  double f1 = 0;
  for (const JsonObject& answer : answers) {
    const std::vector<std::string> gold = words_of(answer.string("text"));
    if (joined(gold) == joined(predicted)) exact = 1;
    f1 = std::max(f1, f1_of(predicted, gold));
  }
  sums.exact_match += exact;
  sums.f1 += f1;
}

Predictions load_predictions(const std::filesystem::path& path) {
  Json predictions = load_json(path, kMaxFileBytes, kMaxValues);
  const JsonObject checked(predictions, path.string());
  for (const auto& item : predictions.items()) {
    if (!item.value().is_string())
      checked.fail(item.key(), std::string("expected an answer, found ") + item.value().type_name());
  }
  return predictions;
}

}  // namespace

SquadScore score_squad(const std::filesystem::path& data, const std::filesystem::path& predictions) {
  const Json file = load_json(data, kMaxFileBytes, kMaxValues);
  const Predictions answers = load_predictions(predictions);
  SquadScore score;
  for (const JsonObject& article : objects(JsonObject(file, data.string()), "data")) {
    for (const JsonObject& paragraph : objects(article, "paragraphs")) {
      for (const JsonObject& question : objects(paragraph, "qas")) add_question(question, answers, score);
    }
  }
  if (score.questions == 0) throw Error(ErrorCode::kData, data.string() + ": no questions");
  const double percent = 100 / static_cast<double>(score.questions);
  score.exact_match *= percent;
  score.f1 *= percent;
  return score;
}

std::string squad_normalized(std::string_view answer) { return joined(words_of(answer)); }

double squad_f1(std::string_view prediction, std::string_view gold) {
  return f1_of(words_of(prediction), words_of(gold));
}

}  // namespace fbert
