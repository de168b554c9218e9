#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fbert/error.h"
#include "fbert/model.h"
#include "fbert/quantize.h"
#include "fbert/threads.h"
#include "fbert/tokenizer.h"

namespace fbert {

struct ClassifierOptions {
  std::optional<Precision> precision = {};       // see LoadOptions
  std::optional<EmbeddingType> embeddings = {};  // see LoadOptions
  std::string isa = "";                          // see LoadOptions
  int threads = 0;                               // 0: see decide_threads()
  int32_t max_length = 0;  // in tokens with the special ones; 0: the smaller of the tokenizer's and the model's limit
  bool error_on_long = false;  // true: a text that would be truncated throws kData instead
  bool special_tokens_in_text = true;
  bool strict_utf8 = false;
  int32_t batch_size = 0;  // most texts in one forward pass; 0: by tokens alone
};

// A text, or a pair of texts when `has_pair` is set.
struct TextInput {
  std::string text = "";
  std::string pair = "";
  bool has_pair = false;
};

struct Prediction {
  int32_t label = 0;          // id of the best label
  float score = 0;            // its probability; the value itself for a regression model
  std::vector<float> logits;  // (num_labels)
  std::vector<float> scores;  // (num_labels)
  int32_t tokens = 0;         // special tokens included
  bool truncated = false;
  int32_t invalid_utf8 = 0;  // sequences replaced
};

// What is wrong with one of several inputs. what() is "input 3: <problem>", counted from 1.
class InputError : public Error {
 public:
  InputError(ErrorCode code, size_t index, const std::string& problem);

  size_t index() const noexcept { return index_; }  // from 0
  const std::string& problem() const noexcept { return problem_; }

 private:
  size_t index_;
  std::string problem_;
};

// The text interface: tokenizer, model and batching in one. Results do not depend on how texts are grouped. Many inputs
// run as independent single-threaded streams, few as one team that shares each forward pass.
class Classifier {
 public:
  // Throws kUnsupported for a model without a classification head, kUsage for a max_length that the model does not
  // have, kData when tokenizer and model do not fit each other, and whatever Model, Tokenizer and decide_threads()
  // throw.
  static Classifier load(const std::filesystem::path& folder, const ClassifierOptions& options = {});

  Classifier(Classifier&&) noexcept;
  Classifier& operator=(Classifier&&) noexcept;
  ~Classifier();

  // One prediction per input, in order. Not to be called from two threads at once. When inputs are bad, throws
  // InputError for the first of them.
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
