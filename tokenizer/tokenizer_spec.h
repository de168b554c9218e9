#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fbert/tokenizer.h"
#include "loader/json.h"
#include "tokenizer/added_tokens.h"
#include "tokenizer/normalizer.h"
#include "tokenizer/post_processor.h"
#include "tokenizer/wordpiece.h"

namespace fbert {

// Hugging Face's WordPiece decoder.
struct Decoder {
  bool wordpiece = true;      // false: tokens are joined with spaces
  std::string prefix = "##";  // of continuations
  bool cleanup = true;        // no space before punctuation and in English contractions
};

// Everything that a tokenizer file states.
struct TokenizerSpec {
  std::string source;  // the file, for messages
  NormalizerOptions normalizer;
  std::optional<WordPiece> model;
  std::vector<AddedToken> added_tokens;  // with their ids
  PostProcessor post_processor;
  Decoder decoder;
  int32_t model_max_length = 0;
};

// The two file forms; both throw kData or kUnsupported. `source` is the name that messages carry.
TokenizerSpec parse_tokenizer_json(std::string text, const std::string& source);
// `config` and `special_tokens` are the contents of tokenizer_config.json and special_tokens_map.json; empty objects
// where the files are absent.
TokenizerSpec parse_vocab_txt(std::string_view bytes, const std::string& source, const JsonObject& config,
                              const JsonObject& special_tokens);

// `model_max_length` of tokenizer_config.json; 0 when it is absent or means "no limit".
int32_t model_max_length_of(const JsonObject& config);

// An added token as both file forms describe it; `json` has its flags.
AddedToken read_added_token(const JsonObject& json, std::string content, int32_t id);

// The added tokens in their order, without empty and repeated ones. Throws kData unless every id is the one that the
// reference gives: the vocabulary's for a token that is in it, otherwise the next free one behind the vocabulary.
std::vector<AddedToken> checked_added_tokens(std::vector<AddedToken> tokens, const Vocabulary& vocabulary);

// [CLS] $A [SEP] and [CLS] $A [SEP] $B [SEP], and the same without special tokens.
PostProcessor bert_template(int32_t cls, int32_t sep);
PostProcessor plain_template();

// Text of tokens, as `decoder` writes it.
std::string join_tokens(const Decoder& decoder, const std::vector<std::string_view>& tokens);

}  // namespace fbert
