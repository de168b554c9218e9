#include "fbert/classifier.h"

#include <algorithm>
#include <atomic>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "fbert/batch.h"
#include "fbert/config.h"
#include "pipelines/batching.h"
#include "pipelines/encode.h"
#include "pipelines/load_options.h"
#include "pipelines/scheduler.h"
#include "quantizer/load.h"

namespace fbert {

namespace {

// Inputs that are tokenised and held at a time; texts of similar length are found among them.
constexpr size_t kWindow = 4096;

constexpr size_t kEncodeChunk = 32;  // inputs that a thread tokenises at a time

// Inputs on their way to their results, at most kWindow.
struct Window {
  const CallOptions& call;
  size_t first = 0;  // the index of inputs[0] in the caller's eyes
  std::span<ClassifyResult> results = {};
  std::vector<TextView> inputs = {};
  std::vector<EncodedText> encoded = {};

  void fail(size_t i, const Error& error) {
    results[i] = ClassifyResult(InputError(error.code(), first + i, error.what()));
  }

  // Throws the first error.
  void require_all() const {
    for (const ClassifyResult& result : results) result.prediction();
  }
};

}  // namespace

InputError::InputError(ErrorCode code, size_t index, const std::string& problem)
    : Error(code, fmt::format("input {}: {}", index + 1, problem)), index_(index), problem_(problem) {}

struct Classifier::Impl {
  Model model;
  TextEncoder encoder;
  ThreadDecision threads;
  size_t max_texts;                      // in a batch; 0: by tokens alone
  std::unique_ptr<Scheduler> scheduler;  // of all who call

  // `all`: throws the first error.
  template <typename Input>
  std::vector<ClassifyResult> classify(std::span<const Input> inputs, const CallOptions& call, bool all) const;

  void encode(Window& window) const;
  void classify(Window& window) const;
  PackedBatch pack(const Window& window, std::span<const size_t> batch) const;
  void take(std::span<const float> logits, std::span<const size_t> batch, Window& window) const;

  // Calls run(); where the call has ended, the inputs of the batch get that as their error.
  template <typename Run>
  void unless_ended(std::span<const size_t> batch, Window& window, const Run& run) const;
};

template <typename Input>
std::vector<ClassifyResult> Classifier::Impl::classify(std::span<const Input> inputs, const CallOptions& call,
                                                       bool all) const {
  const std::stop_callback on_cancel(call.cancel, [this] { scheduler->drop_cancelled(); });
  std::vector<ClassifyResult> results(inputs.size());
  Window window{.call = call};
  for (; window.first < inputs.size(); window.first += kWindow) {
    const size_t count = std::min(kWindow, inputs.size() - window.first);
    window.results = std::span(results).subspan(window.first, count);
    window.inputs.clear();
    for (const Input& input : inputs.subspan(window.first, count)) window.inputs.push_back(view_of(input));
    encode(window);
    if (all) window.require_all();
    classify(window);
    if (all) window.require_all();
  }
  return results;
}

void Classifier::Impl::encode(Window& window) const {
  const size_t count = window.inputs.size();
  if (window.encoded.size() < count) window.encoded.resize(count);
  scheduler->for_each((count + kEncodeChunk - 1) / kEncodeChunk, [&](size_t chunk) {
    Encoding scratch;
    for (size_t i = chunk * kEncodeChunk; i < std::min(count, (chunk + 1) * kEncodeChunk); ++i) {
      try {
        check_call(window.call);
        encoder.encode(window.inputs[i], scratch);
        window.encoded[i].assign(scratch);
      } catch (const Error& error) {
        window.fail(i, error);
      }
    }
  });
}

void Classifier::Impl::classify(Window& window) const {
  const auto length = [&](size_t i) { return static_cast<int32_t>(window.encoded[i].ids.size()); };
  std::vector<size_t> order;
  for (size_t i = 0; i < window.results.size(); ++i) {
    if (window.results[i].ok()) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return length(a) > length(b); });
  std::vector<int32_t> lengths;
  for (const size_t i : order) lengths.push_back(length(i));
  const BatchPlan plan = plan_batches(lengths, threads.threads, max_texts);
  const auto texts = [&](size_t b) {
    return std::span<const size_t>(order).subspan(plan.batches[b].begin, plan.batches[b].end - plan.batches[b].begin);
  };
  if (plan.team) {
    for (size_t b = 0; b < plan.batches.size(); ++b) {
      unless_ended(texts(b), window,
                   [&] { take(scheduler->run(pack(window, texts(b)), window.call), texts(b), window); });
    }
    return;
  }
  std::vector<std::future<Scheduler::Logits>> logits(plan.batches.size());
  for (size_t b = 0; b < plan.batches.size(); ++b) {
    unless_ended(texts(b), window, [&] { logits[b] = scheduler->submit(pack(window, texts(b)), window.call); });
  }
  for (size_t b = 0; b < plan.batches.size(); ++b) {
    if (!logits[b].valid()) continue;
    unless_ended(texts(b), window, [&] { take(scheduler->wait(std::move(logits[b]), window.call), texts(b), window); });
  }
}

template <typename Run>
void Classifier::Impl::unless_ended(std::span<const size_t> batch, Window& window, const Run& run) const {
  try {
    run();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kDeadline && error.code() != ErrorCode::kCancelled) throw;
    for (const size_t i : batch) window.fail(i, error);
  }
}

PackedBatch Classifier::Impl::pack(const Window& window, std::span<const size_t> batch) const {
  PackedBatch packed(model.config());
  for (const size_t i : batch) packed.add(window.encoded[i].ids, window.encoded[i].type_ids);
  return packed;
}

void Classifier::Impl::take(std::span<const float> logits, std::span<const size_t> batch, Window& window) const {
  const auto labels = static_cast<size_t>(model.config().num_labels());
  for (size_t row = 0; row < batch.size(); ++row) {
    const auto values = logits.subspan(row * labels, labels);
    const EncodedText& encoded = window.encoded[batch[row]];
    Prediction& prediction = window.results[batch[row]].prediction();
    prediction.tokens = static_cast<int32_t>(encoded.ids.size());
    prediction.truncated = encoded.truncated;
    prediction.invalid_utf8 = encoded.invalid_utf8;
    prediction.logits.assign(values.begin(), values.end());
    prediction.scores.resize(labels);
    scores_from_logits(*model.isa().table, model.config().score_function(), values, prediction.scores);
    const auto best = std::max_element(values.begin(), values.end()) - values.begin();
    prediction.label = static_cast<int32_t>(best);
    prediction.score = prediction.scores[static_cast<size_t>(best)];
  }
}

Classifier::Classifier(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Classifier::Classifier(const Classifier&) noexcept = default;
Classifier& Classifier::operator=(const Classifier&) noexcept = default;
Classifier::~Classifier() = default;

Classifier Classifier::load(const ModelFolder& folder, const ClassifierOptions& options) {
  Checkpoint checkpoint = open_checkpoint(folder);
  const ModelConfig& config = checkpoint.config;
  if (config.classification() == nullptr) {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("{}: {} has no classification head: it gives hidden states, not labels; use a model "
                            "fine-tuned for sequence classification",
                            (folder.path() / "config.json").string(), config.architecture));
  }
  ThreadDecision threads = decide_threads(options.threads);
  TextEncoder encoder(Tokenizer::load(folder), config, options, folder.path());
  Model model = load_model(folder, std::move(checkpoint), load_options(options));
  auto scheduler = std::make_unique<Scheduler>(model, threads.threads);
  return Classifier(
      std::shared_ptr<const Impl>(new Impl{.model = std::move(model),
                                           .encoder = std::move(encoder),
                                           .threads = std::move(threads),
                                           .max_texts = static_cast<size_t>(std::max(0, options.batch_size)),
                                           .scheduler = std::move(scheduler)}));
}

std::vector<ClassifyResult> Classifier::classify(std::span<const std::string_view> texts,
                                                 const CallOptions& call) const {
  return impl_->classify(texts, call, false);
}

std::vector<ClassifyResult> Classifier::classify(std::span<const TextPair> pairs, const CallOptions& call) const {
  return impl_->classify(pairs, call, false);
}

std::vector<ClassifyResult> Classifier::classify(std::span<const TextInput> inputs, const CallOptions& call) const {
  return impl_->classify(inputs, call, false);
}

Prediction Classifier::classify(std::string_view text, const CallOptions& call) const {
  return impl_->classify(std::span<const std::string_view>(&text, 1), call, true).front().prediction();
}

std::vector<Prediction> Classifier::classify_or_throw(std::span<const TextInput> inputs,
                                                      const CallOptions& call) const {
  std::vector<Prediction> predictions;
  predictions.reserve(inputs.size());
  for (ClassifyResult& result : impl_->classify(inputs, call, true)) {
    predictions.push_back(std::move(result.prediction()));
  }
  return predictions;
}

Encoding Classifier::encode(const TextInput& input) const {
  Encoding encoding;
  impl_->encoder.encode(view_of(input), encoding);
  return encoding;
}

const Model& Classifier::model() const { return impl_->model; }
const Tokenizer& Classifier::tokenizer() const { return impl_->encoder.tokenizer(); }
const ThreadDecision& Classifier::threads() const { return impl_->threads; }
int32_t Classifier::max_length() const { return impl_->encoder.max_length(); }

}  // namespace fbert
