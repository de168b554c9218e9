#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model.h"
#include "engine/threads.h"
#include "tokenizer/tokenizer.h"

namespace fbert {

struct ClassifierOptions {
  std::string isa;                  // see LoadOptions
  int threads = 0;                  // 0: see decide_threads()
  int32_t max_length = 0;           // 0: the smaller of the tokenizer's and the model's limit
  bool error_on_long = false;       // true: a text that would be truncated throws kData instead
  bool special_tokens_in_text = true;
  bool strict_utf8 = false;
  int32_t batch_size = 0;           // most texts in one forward pass; 0: by tokens alone
};

// A text, or a pair of texts when `pair` has a value.
struct TextInput {
  std::string text;
  std::string pair;
  bool has_pair = false;
};

struct Prediction {
  int32_t label = 0;             // id of the best label
  float score = 0;               // its probability; the value itself for a regression model
  std::vector<float> logits;     // (num_labels)
  std::vector<float> scores;     // (num_labels)
  int32_t tokens = 0;            // special tokens included
  bool truncated = false;
  int32_t invalid_utf8 = 0;      // sequences replaced
};

// The text interface: tokenizer, model and batching in one. Results do not depend on how texts are grouped. Many inputs
// run as independent single-threaded streams, a single input as one team (docs/threads.md).
class Classifier {
 public:
  static Classifier load(const std::filesystem::path& folder, const ClassifierOptions& options = {});

  Classifier(Classifier&&) noexcept;
  Classifier& operator=(Classifier&&) noexcept;
  ~Classifier();

  // One prediction per input, in order. An error in one input throws kData with its index ("input 3: ...").
  std::vector<Prediction> classify(std::span<const TextInput> inputs);
  Prediction classify(std::string_view text);

  const Model& model() const;
  const Tokenizer& tokenizer() const;
  const ThreadDecision& threads() const;
  int32_t max_length() const;

 private:
  struct Impl;
  explicit Classifier(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace fbert
