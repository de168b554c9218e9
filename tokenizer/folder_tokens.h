#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "loader/json.h"
#include "tokenizer/added_tokens.h"
#include "tokenizer/vocabulary.h"

namespace fbert {

// The JSON files beside a vocab.txt: tokenizer_config.json, special_tokens_map.json and added_tokens.json; an empty
// object where a file is absent.
struct VocabularyCompanions {
  const JsonObject& config;
  const JsonObject& special_tokens;
  const JsonObject& added_tokens;
};

// The name of a special token by its key, "cls_token": what the files say, or "[CLS]".
std::string special_token_name(const VocabularyCompanions& files, std::string_view key);

// The tokens that these files add, in the order in which transformers adds them, with their ids. A file with
// `added_tokens_decoder` in its tokenizer_config.json is of the form that needs no other file, and no other counts.
std::vector<AddedToken> folder_tokens(const VocabularyCompanions& files, const Vocabulary& vocabulary);

}  // namespace fbert
