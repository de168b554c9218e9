#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "loader/json.h"
#include "tokenizer/added_tokens.h"
#include "tokenizer/decoder.h"
#include "tokenizer/normalizer.h"
#include "tokenizer/post_processor.h"
#include "tokenizer/pre_tokenizer.h"
#include "tokenizer/token_model.h"

namespace fbert {

// Everything that a tokenizer file states, by the stages that a text goes through. A stage is a variant of the kinds
// that it can be: a new kind is a type in it, and its reading in tokenizer_json.cc.
struct TokenizerSpec {
  std::string source;  // the file, for messages
  Normalizer normalizer;
  PreTokenizer pre_tokenizer;
  std::optional<TokenModel> model;       // there once the file is read
  std::vector<AddedToken> added_tokens;  // with their ids
  PostProcessor post_processor;
  Decoder decoder;
  int32_t model_max_length = 0;
  std::vector<std::string> notes;  // where two files disagree; one line each
};

// An added token as both file forms describe it; `json` has its flags.
AddedToken read_added_token(const JsonObject& json, std::string content, int32_t id);

// Throws kData for the content of an added token of the file `source` that is too long to be looked for in texts.
void check_token_length(const std::string& content, const std::string& source);

// The added tokens in their order, without empty and repeated ones. A token with kNoId gets the id that the reference
// gives: the vocabulary's for a token that is in it, otherwise the next free one behind the vocabulary. Throws kData
// unless every other id is that one too; `source` is the file that says the ids.
std::vector<AddedToken> checked_added_tokens(std::vector<AddedToken> tokens, const Vocabulary& vocabulary,
                                             const std::string& source);

}  // namespace fbert
