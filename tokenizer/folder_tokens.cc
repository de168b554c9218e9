#include "tokenizer/folder_tokens.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "tokenizer/tokenizer_spec.h"

namespace fbert {
namespace {

// The special tokens of a tokenizer in the order in which they are added, and what they are called unless a file says.
struct SpecialKey {
  std::string_view key;
  std::string_view usual;  // "" for none
};
constexpr std::array kSpecialKeys = {SpecialKey{"bos_token", ""},       SpecialKey{"eos_token", ""},
                                     SpecialKey{"unk_token", "[UNK]"},  SpecialKey{"sep_token", "[SEP]"},
                                     SpecialKey{"pad_token", "[PAD]"},  SpecialKey{"cls_token", "[CLS]"},
                                     SpecialKey{"mask_token", "[MASK]"}};
constexpr std::array<std::string_view, 2> kSpecialLists = {"additional_special_tokens", "extra_special_tokens"};

// One that no file gives an id has that of the vocabulary, or kNoId.
struct NamedToken {
  AddedToken token;
  bool has_flags;  // that the file gives
  bool is_stated;  // by a file rather than by the class
};

bool is_self_contained(const JsonObject& config) { return config.find("added_tokens_decoder") != nullptr; }

// The file that names the special token of this key; null where none does.
const JsonObject* file_of(const VocabularyCompanions& files, std::string_view key) {
  if (!is_self_contained(files.config) && files.special_tokens.find(key) != nullptr) return &files.special_tokens;
  return files.config.find(key) != nullptr ? &files.config : nullptr;
}

// A special token is a string, or an object with its content and flags. `where` is its key path.
NamedToken special_token(const Json& value, const JsonObject& file, const std::string& where) {
  NamedToken named{{}, value.is_object(), true};
  if (value.is_string()) {
    named.token.content = value.get<std::string>();
  } else {
    const JsonObject json(value, file.source(), where);
    named.token = read_added_token(json, json.string("content"), kNoId);
    named.token.normalized = json.boolean_or("normalized", false);
  }
  named.token.id = kNoId;
  named.token.special = true;
  return named;
}

// A list of special tokens, or an object of them by names.
void read_special_list(const JsonObject& file, std::string_view key, std::vector<NamedToken>& tokens) {
  const Json* list = file.find(key);
  if (list == nullptr) return;
  if (!list->is_structured()) file.fail(key, "expected an array");
  for (const Json& value : *list) {
    tokens.push_back(special_token(value, file, file.path_of(key)));
    check_token_length(tokens.back().token.content, file.source());
  }
}

std::vector<NamedToken> special_tokens(const VocabularyCompanions& files) {
  std::vector<NamedToken> tokens;
  for (const auto& [key, usual] : kSpecialKeys) {
    if (const JsonObject* file = file_of(files, key)) {
      tokens.push_back(special_token(file->at(key), *file, file->path_of(key)));
      check_token_length(tokens.back().token.content, file->source());
    } else if (!usual.empty()) {
      tokens.push_back({{.content = std::string(usual), .id = kNoId, .special = true}, false, false});
    }
  }
  for (const std::string_view key : kSpecialLists) {
    read_special_list(files.config, key, tokens);
    if (!is_self_contained(files.config)) read_special_list(files.special_tokens, key, tokens);
  }
  return tokens;
}

// `added_tokens_decoder`: {"100": {"content": "[UNK]", ...}, ...}.
std::vector<AddedToken> read_decoder(const JsonObject& table) {
  std::vector<AddedToken> tokens;
  for (const auto& [key, value] : table.json().items()) {
    int32_t id = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), id);
    if (error != std::errc() || end != key.data() + key.size() || id < 0 || id == INT32_MAX) {
      table.fail(key, "expected a token id as the key");
    }
    const JsonObject token(value, table.source(), table.path_of(key));
    tokens.push_back(read_added_token(token, token.string("content"), id));
    check_token_length(tokens.back().content, table.source());
  }
  return tokens;
}

// added_tokens.json: {"[E1]": 30522, ...}.
std::vector<AddedToken> read_token_ids(const JsonObject& file) {
  std::vector<AddedToken> tokens;
  for (const auto& [content, unused] : file.json().items()) {
    const auto id = static_cast<int32_t>(file.integer(content, 0, INT32_MAX - 1));
    check_token_length(content, file.source());
    tokens.push_back({.content = content, .id = id, .normalized = true});
  }
  return tokens;
}

// The tokens with an id of their own, in the order of the ids.
std::vector<AddedToken> numbered_tokens(const VocabularyCompanions& files, const std::vector<NamedToken>& specials) {
  const bool has_flags = is_self_contained(files.config);
  std::vector<AddedToken> tokens =
      has_flags ? read_decoder(files.config.object("added_tokens_decoder")) : read_token_ids(files.added_tokens);
  std::unordered_set<std::string_view> names;
  for (const NamedToken& special : specials) names.insert(special.token.content);
  for (AddedToken& token : tokens) {
    if (!names.contains(token.content)) continue;
    token.special = true;
    if (!has_flags) token.normalized = false;
  }
  std::sort(tokens.begin(), tokens.end(), [](const AddedToken& a, const AddedToken& b) { return a.id < b.id; });
  return tokens;
}

// The words between spaces that stay as they are, of those in the vocabulary.
void add_never_split(const JsonObject& config, const Vocabulary& vocabulary, std::vector<NamedToken>& tokens) {
  const Json* list = config.find("never_split");
  if (list == nullptr) return;
  if (!list->is_array()) config.fail("never_split", "expected an array");
  for (const Json& value : *list) {
    AddedToken token = special_token(value, config, config.path_of("never_split")).token;
    const int32_t id = vocabulary.find(token.content);
    if (id >= 0) tokens.push_back({{.content = std::move(token.content), .id = id, .never_split = true}, false, true});
  }
}

// The class's own tokens that the vocabulary lacks are none, unless tokens behind them take their ids after them.
void drop_unused_defaults(std::vector<NamedToken>& tokens) {
  const auto is_new = [](const NamedToken& named) { return named.token.id == kNoId && named.is_stated; };
  const auto last = std::find_if(tokens.rbegin(), tokens.rend(), is_new).base();
  tokens.erase(std::remove_if(last, tokens.end(), [](const NamedToken& named) { return named.token.id == kNoId; }),
               tokens.end());
}

}  // namespace

std::string special_token_name(const VocabularyCompanions& files, std::string_view key) {
  if (const JsonObject* file = file_of(files, key)) {
    return special_token(file->at(key), *file, file->path_of(key)).token.content;
  }
  const auto known = std::find_if(kSpecialKeys.begin(), kSpecialKeys.end(),
                                  [key](const SpecialKey& special) { return special.key == key; });
  return std::string(known->usual);
}

std::vector<AddedToken> folder_tokens(const VocabularyCompanions& files, const Vocabulary& vocabulary) {
  std::vector<NamedToken> named = special_tokens(files);
  std::vector<AddedToken> tokens = numbered_tokens(files, named);
  for (NamedToken& special : named) special.token.id = vocabulary.find(special.token.content);
  add_never_split(files.config, vocabulary, named);

  std::unordered_map<std::string, size_t> numbered;  // by content, their places
  for (size_t i = 0; i < tokens.size(); ++i) numbered.emplace(tokens[i].content, i);
  std::unordered_set<std::string> seen;
  std::vector<NamedToken> others;
  for (NamedToken& special : named) {
    const auto known = numbered.find(special.token.content);
    if (known == numbered.end()) {
      if (seen.insert(special.token.content).second) others.push_back(std::move(special));
    } else if (special.has_flags) {
      special.token.id = tokens[known->second].id;
      tokens[known->second] = std::move(special.token);  // what is added last has the say of the flags
    }
  }
  drop_unused_defaults(others);
  for (NamedToken& other : others) tokens.push_back(std::move(other.token));
  const JsonObject& numbering = is_self_contained(files.config) ? files.config : files.added_tokens;
  return checked_added_tokens(std::move(tokens), vocabulary, numbering.source());
}

}  // namespace fbert
