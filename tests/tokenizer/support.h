#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fbert/tokenizer.h"
#include "loader/json.h"
#include "tokenizer/tokenizer_spec.h"

namespace fbert::testing {

// "101:0-0:0 7592:0-5:0": id, code point range and type of every token, as scripts/tokenizer_oracle/digest.js writes
// an encoding (there with a line feed behind it).
std::string canonical(const Encoding& encoding);

// 64-bit FNV-1a.
class Digest {
 public:
  void add(std::string_view text);
  std::string hex() const;

 private:
  uint64_t hash_ = 0xCBF29CE484222325U;
};

// A BERT tokenizer from the text of a vocab.txt and of the JSON files beside it.
Tokenizer from_vocab_txt(std::string_view vocabulary, std::string_view config = "{}",
                         std::string_view special_tokens = "{}", std::string_view added_tokens = "{}");

// The same from the text of a tokenizer.json.
Tokenizer from_tokenizer_json(std::string_view json);

// A small vocab.txt: special tokens, letters with and without ##, a few words.
std::string small_vocabulary();

// A tokenizer.json over `vocabulary`, as BERT's uncased models have it.
Json bert_tokenizer_json(const std::vector<std::string>& vocabulary);

std::vector<std::string> tokens_of(const Tokenizer& tokenizer, const Encoding& encoding);

}  // namespace fbert::testing
