#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "fbert/error.h"
#include "fbert/export.h"
#include "fbert/inputs.h"
#include "fbert/model.h"
#include "fbert/model_folder.h"
#include "fbert/threads.h"
#include "fbert/tokenizer.h"

namespace fbert {

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
class FBERT_API InputError : public Error {
 public:
  InputError(ErrorCode code, size_t index, const std::string& problem);

  size_t index() const noexcept { return index_; }  // from 0
  const std::string& problem() const noexcept { return problem_; }

 private:
  size_t index_;
  std::string problem_;
};

// What one of several inputs gives: its prediction, or the error why there is none.
class ClassifyResult {
 public:
  ClassifyResult() = default;
  explicit ClassifyResult(InputError error) : value_(std::move(error)) {}

  bool ok() const { return std::holds_alternative<Prediction>(value_); }
  const InputError& error() const { return std::get<InputError>(value_); }  // where not ok()

  // Throws the error where there is one.
  Prediction& prediction() & { return require(), std::get<Prediction>(value_); }
  const Prediction& prediction() const& { return require(), std::get<Prediction>(value_); }
  Prediction prediction() && { return require(), std::get<Prediction>(std::move(value_)); }

 private:
  void require() const {
    if (!ok()) throw error();
  }

  std::variant<Prediction, InputError> value_;
};

// The text interface: tokenizer, model and batching in one. Immutable: any number of threads may call it at the same
// time. Copies share everything. Results do not depend on how texts are grouped, on the threads, nor on other calls.
//
// Many inputs run as independent single-threaded streams, few as one team that shares each forward pass, as does a
// single input of a call that finds nothing else going on. Calls together compute on no more than threads().threads
// threads; what exceeds them waits. A forked child may go on with a classifier of its parent.
class FBERT_API Classifier {
 public:
  // Throws kUnsupported for a model without a classification head, kUsage for a max_length that the model does not
  // have, kData when tokenizer and model do not fit each other, and whatever Model, Tokenizer and decide_threads()
  // throw.
  static Classifier load(const ModelFolder& folder, const ClassifierOptions& options = {});

  Classifier(const Classifier&) noexcept;
  Classifier& operator=(const Classifier&) noexcept;
  ~Classifier();

  // One result per input, in order: a bad input is an error of its own, not of its neighbours. Throws kData when the
  // system gives no threads.
  std::vector<ClassifyResult> classify(std::span<const std::string_view> texts, const CallOptions& call = {}) const;
  std::vector<ClassifyResult> classify(std::span<const TextPair> pairs, const CallOptions& call = {}) const;
  std::vector<ClassifyResult> classify(std::span<const TextInput> inputs, const CallOptions& call = {}) const;

  // The same for one text, and for inputs of which none may be bad: throws InputError for the first that is.
  Prediction classify(std::string_view text, const CallOptions& call = {}) const;
  std::vector<Prediction> classify_or_throw(std::span<const TextInput> inputs, const CallOptions& call = {}) const;

  // What the model reads of an input: truncated, and without type ids where the model has none. Throws kData.
  Encoding encode(const TextInput& input) const;

  const Model& model() const;
  const Tokenizer& tokenizer() const;
  const ThreadDecision& threads() const;
  int32_t max_length() const;

 private:
  struct Impl;
  explicit Classifier(std::shared_ptr<const Impl> impl);
  std::shared_ptr<const Impl> impl_;
};

}  // namespace fbert
