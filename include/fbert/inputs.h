#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "fbert/precision.h"

// What the text interface is given.
namespace fbert {

struct ClassifierOptions {
  std::optional<Precision> precision = {};       // see LoadOptions
  std::optional<EmbeddingType> embeddings = {};  // see LoadOptions
  std::string isa = "";                          // see LoadOptions
  std::string blas = "";                         // see LoadOptions
  int threads = 0;                               // 0: see decide_threads()
  int32_t max_length = 0;  // in tokens with the special ones; 0: the smaller of the tokenizer's and the model's limit
  bool error_on_long = false;  // true: a text that would be truncated throws kData instead
  bool special_tokens_in_text = true;
  bool strict_utf8 = false;
  int32_t batch_size = 0;  // most texts in one forward pass; 0: by tokens alone
};

// Two texts that the model reads together.
struct TextPair {
  std::string_view first = "";
  std::string_view second = "";
};

// A text, or a pair of texts when `has_pair` is set, in memory of its own.
struct TextInput {
  std::string text = "";
  std::string pair = "";
  bool has_pair = false;
};

// How long a call may take, and who can end it early. Inputs without a prediction by then get an error of the code
// kDeadline or kCancelled; a forward pass that has begun goes on to its end, a few milliseconds, and is not waited for.
struct CallOptions {
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  std::stop_token cancel = {};
};

}  // namespace fbert
