#include "tokenizer/tokenizer_spec.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "fbert/error.h"

namespace fbert {
namespace {

// Matching takes time in proportion to the longest added token.
constexpr size_t kMaxAddedTokenBytes = 1024;

bool same(const AddedToken& a, const AddedToken& b) {
  const auto flags = [](const AddedToken& t) {
    return std::tuple(t.id, t.single_word, t.lstrip, t.rstrip, t.normalized, t.special, t.never_split);
  };
  return flags(a) == flags(b);
}

}  // namespace

void check_token_length(const std::string& content, const std::string& source) {
  if (content.size() <= kMaxAddedTokenBytes) return;
  throw Error(ErrorCode::kData, fmt::format("{}: added token {}: longer than {} bytes", source, escaped(content, 60),
                                            kMaxAddedTokenBytes));
}

AddedToken read_added_token(const JsonObject& json, std::string content, int32_t id) {
  AddedToken token;
  token.content = std::move(content);
  token.id = id;
  token.single_word = json.boolean_or("single_word", false);
  token.lstrip = json.boolean_or("lstrip", false);
  token.rstrip = json.boolean_or("rstrip", false);
  token.special = json.boolean_or("special", false);
  token.normalized = json.boolean_or("normalized", !token.special);
  return token;
}

std::vector<AddedToken> checked_added_tokens(std::vector<AddedToken> tokens, const Vocabulary& vocabulary,
                                             const std::string& source) {
  std::vector<AddedToken> checked;
  std::unordered_map<std::string, size_t> seen;
  auto next_id = static_cast<int32_t>(vocabulary.token_count());
  for (AddedToken& token : tokens) {
    if (token.content.empty()) continue;
    const int32_t known = vocabulary.find(token.content);
    const int32_t expected = known >= 0 ? known : next_id;
    const auto fail = [&](const std::string& problem) {
      throw Error(ErrorCode::kData, fmt::format("{}: added token {}: {}", source, escaped(token.content, 60), problem));
    };
    const auto [entry, is_new] = seen.try_emplace(token.content, checked.size());
    if (!is_new) {
      if (!same(checked[entry->second], token)) fail("listed twice with different properties");
      continue;
    }
    if (token.id == kNoId) token.id = expected;
    if (token.id != expected) fail(fmt::format("expected the id {}, found {}", expected, token.id));
    if (known < 0 && vocabulary.has(token.id)) fail(fmt::format("the id {} belongs to another token", token.id));
    next_id = std::max(next_id, token.id + 1);
    checked.push_back(std::move(token));
  }
  return checked;
}

}  // namespace fbert
