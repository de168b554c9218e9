#include "fbert/classifier.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <numeric>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "fbert/batch.h"
#include "fbert/config.h"
#include "fbert/quantize.h"

namespace fbert {

namespace {

// Inputs that are tokenised and held at a time; texts of similar length are found among them.
constexpr size_t kWindow = 4096;

// Tokens of a forward pass. Throughput is the same from 128 to 1024 (within 3 %, fbert-mini-sst2 on one Zen 4 core):
// the weights are amortised, and a smaller workspace is kinder to the caches of the other streams.
constexpr int64_t kMaxBatchTokens = 256;

// Below this the weights are no longer amortised, so that spreading few inputs over streams stops here.
constexpr int64_t kMinBatchTokens = 128;

constexpr size_t kEncodeChunk = 32;  // inputs a worker takes at a time

struct Tokens {
  std::vector<int32_t> ids;
  std::vector<int32_t> type_ids;  // empty: all zero
};

// A forward pass over order[begin, end).
struct Batch {
  size_t begin = 0;
  size_t end = 0;
};

// Calls work(w) for w in [0, workers), each on its own thread, 0 on the calling one. When calls throw, the
// exception of one of them goes on. Throws kData when the system gives no more threads.
template <typename Work>
void on_workers(int workers, const Work& work) {
  std::mutex mutex;
  std::exception_ptr failure;
  const auto guarded = [&](int worker) {
    try {
      work(worker);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> threads;
    try {
      for (int worker = 1; worker < workers; ++worker) threads.emplace_back(guarded, worker);
    } catch (const std::system_error& error) {
      throw Error(ErrorCode::kData, fmt::format("cannot start {} threads: {}", workers, error.code().message()));
    }
    guarded(0);
  }
  if (failure) std::rethrow_exception(failure);
}

// The input error of the smallest index among those that the workers meet.
class FirstInputError {
 public:
  bool before(size_t index) const { return index_.load(std::memory_order_relaxed) < index; }

  void report(size_t index, const Error& error) {
    const std::lock_guard lock(mutex_);
    if (before(index)) return;
    index_.store(index, std::memory_order_relaxed);
    error_.emplace(error.code(), index, error.what());
  }

  void rethrow() const {
    if (error_) throw *error_;
  }

 private:
  std::atomic<size_t> index_{SIZE_MAX};
  std::mutex mutex_;
  std::optional<InputError> error_;
};

void check_fit(const Tokenizer& tokenizer, const ModelConfig& config) {
  if (tokenizer.vocab_size() > config.vocab_size) {
    throw Error(ErrorCode::kData,
                fmt::format("{}: the vocabulary has {} tokens, but the model has embeddings for {} (vocab_size)",
                            tokenizer.source(), tokenizer.vocab_size(), config.vocab_size));
  }
}

// A token of text between [CLS] and [SEP].
constexpr int32_t kMinLength = 3;

int32_t decide_max_length(const std::filesystem::path& folder, const Tokenizer& tokenizer, const ModelConfig& config,
                          int32_t requested) {
  const int32_t positions = config.max_position_embeddings;
  if (positions < kMinLength) {
    throw Error(ErrorCode::kData, fmt::format("{}: key 'max_position_embeddings': {} positions leave no room for text",
                                              (folder / "config.json").string(), positions));
  }
  if (requested > positions) {
    throw Error(
        ErrorCode::kUsage,
        fmt::format("a maximum length of {} tokens is more than the {} positions of the model", requested, positions));
  }
  if (requested != 0 && requested < kMinLength) {
    throw Error(ErrorCode::kUsage, fmt::format("a maximum length of {} tokens leaves no room for text", requested));
  }
  if (requested != 0) return requested;
  const int32_t stated = tokenizer.model_max_length();
  if (stated > 0 && stated < kMinLength) {
    throw Error(ErrorCode::kData, fmt::format("{}: key 'model_max_length': {} tokens leave no room for text",
                                              (folder / "tokenizer_config.json").string(), stated));
  }
  return stated > 0 ? std::min(stated, positions) : positions;
}

// What PackedBatch::add() would refuse, found where the input is still known.
void check_sequence(const Encoding& encoding, const ModelConfig& config) {
  const auto fail = [](const std::string& problem) { throw Error(ErrorCode::kData, problem); };
  if (encoding.ids.empty()) fail("the text has no tokens, and the tokenizer adds none");
  if (encoding.ids.size() > static_cast<size_t>(config.max_position_embeddings)) {
    fail(fmt::format("the text has {} tokens, more than the {} positions of the model", encoding.ids.size(),
                     config.max_position_embeddings));
  }
  const auto refused = [&](int32_t type) { return type < 0 || type >= config.type_vocab_size; };
  const auto found = std::find_if(encoding.type_ids.begin(), encoding.type_ids.end(), refused);
  if (config.type_vocab_size > 0 && found != encoding.type_ids.end()) {
    fail(fmt::format("the tokenizer gives token type {}, but the model has {} (type_vocab_size)", *found,
                     config.type_vocab_size));
  }
}

}  // namespace

InputError::InputError(ErrorCode code, size_t index, const std::string& problem)
    : Error(code, fmt::format("input {}: {}", index + 1, problem)), index_(index), problem_(problem) {}

struct Classifier::Impl {
  Model model;
  Tokenizer tokenizer;
  ClassifierOptions options;
  ThreadDecision threads;
  EncodeOptions encode_options;

  std::optional<Context> team;   // all threads on one forward pass
  std::vector<Context> streams;  // one thread each
  std::vector<Tokens> tokens;    // of the window; kept for its memory

  // Predictions of at most kWindow inputs; `first_index` is the index of inputs[0] in the caller's eyes.
  void classify(std::span<const TextInput> inputs, size_t first_index, std::span<Prediction> predictions);
  void encode(const TextInput& input, Encoding& scratch, Tokens& out, Prediction& prediction) const;
  void encode_all(std::span<const TextInput> inputs, size_t first_index, std::span<Prediction> predictions);
  std::vector<Batch> pack(std::span<const size_t> order, int64_t max_tokens) const;
  void forward(std::span<const size_t> batch, Context& context, PackedBatch& packed, std::span<Prediction> predictions);
};

void Classifier::Impl::encode(const TextInput& input, Encoding& scratch, Tokens& out, Prediction& prediction) const {
  const ModelConfig& config = model.config();
  if (input.has_pair && config.type_vocab_size == 1) {
    throw Error(ErrorCode::kData, "a pair of texts, but the model has one token type only (type_vocab_size 1)");
  }
  if (input.has_pair) {
    tokenizer.encode_pair_into(input.text, input.pair, encode_options, scratch);
  } else {
    tokenizer.encode_into(input.text, encode_options, scratch);
  }
  if (scratch.truncated && options.error_on_long) {
    throw Error(ErrorCode::kData, fmt::format("the text has {} tokens, more than the limit of {}", scratch.full_length,
                                              encode_options.max_length));
  }
  check_sequence(scratch, config);
  out.ids.assign(scratch.ids.begin(), scratch.ids.end());
  out.type_ids.clear();
  const bool typed = std::any_of(scratch.type_ids.begin(), scratch.type_ids.end(), [](int32_t id) { return id != 0; });
  if (typed && config.type_vocab_size > 0) out.type_ids.assign(scratch.type_ids.begin(), scratch.type_ids.end());
  prediction.tokens = static_cast<int32_t>(scratch.ids.size());
  prediction.truncated = scratch.truncated;
  prediction.invalid_utf8 = scratch.invalid_utf8;
}

void Classifier::Impl::encode_all(std::span<const TextInput> inputs, size_t first_index,
                                  std::span<Prediction> predictions) {
  const size_t chunks = (inputs.size() + kEncodeChunk - 1) / kEncodeChunk;
  if (tokens.size() < inputs.size()) tokens.resize(inputs.size());
  FirstInputError error;
  std::atomic<size_t> next{0};
  on_workers(static_cast<int>(std::min<size_t>(chunks, static_cast<size_t>(threads.threads))), [&](int) {
    Encoding scratch;
    for (size_t chunk = next++; chunk < chunks; chunk = next++) {
      const size_t end = std::min(inputs.size(), (chunk + 1) * kEncodeChunk);
      for (size_t i = chunk * kEncodeChunk; i < end && !error.before(first_index + i); ++i) {
        try {
          encode(inputs[i], scratch, tokens[i], predictions[i]);
        } catch (const Error& problem) {
          error.report(first_index + i, problem);
        }
      }
    }
  });
  error.rethrow();
}

std::vector<Batch> Classifier::Impl::pack(std::span<const size_t> order, int64_t max_tokens) const {
  const size_t max_texts = options.batch_size > 0 ? static_cast<size_t>(options.batch_size) : SIZE_MAX;
  std::vector<Batch> batches;
  int64_t batch_tokens = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    const auto length = static_cast<int64_t>(tokens[order[i]].ids.size());
    const bool fits = !batches.empty() && batch_tokens + length <= max_tokens && i - batches.back().begin < max_texts;
    if (!fits) {
      batches.push_back({i, i});
      batch_tokens = 0;
    }
    batches.back().end = i + 1;
    batch_tokens += length;
  }
  return batches;
}

void Classifier::Impl::forward(std::span<const size_t> batch, Context& context, PackedBatch& packed,
                               std::span<Prediction> predictions) {
  const ModelConfig& config = model.config();
  const auto labels = static_cast<size_t>(config.num_labels());
  packed.clear();
  for (const size_t i : batch) packed.add(tokens[i].ids, tokens[i].type_ids);
  std::vector<float> logits(batch.size() * labels);
  model.forward(packed, context, logits);
  for (size_t row = 0; row < batch.size(); ++row) {
    const auto values = std::span(logits).subspan(row * labels, labels);
    Prediction& prediction = predictions[batch[row]];
    prediction.logits.assign(values.begin(), values.end());
    prediction.scores.resize(labels);
    scores_from_logits(*model.isa().table, config.problem_type(), values, prediction.scores);
    const auto best = std::max_element(values.begin(), values.end()) - values.begin();
    prediction.label = static_cast<int32_t>(best);
    prediction.score = prediction.scores[static_cast<size_t>(best)];
  }
}

void Classifier::Impl::classify(std::span<const TextInput> inputs, size_t first_index,
                                std::span<Prediction> predictions) {
  encode_all(inputs, first_index, predictions);

  // Longest first: the batches that take longest start first, and the short ones fill the gaps at the end.
  std::vector<size_t> order(inputs.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return predictions[a].tokens > predictions[b].tokens; });

  const int workers = threads.threads;
  if (workers == 1 || inputs.size() < static_cast<size_t>(workers)) {
    if (!team) team.emplace(model, workers);
    PackedBatch packed(model.config());
    for (const Batch& batch : pack(order, kMaxBatchTokens)) {
      forward(std::span(order).subspan(batch.begin, batch.end - batch.begin), *team, packed, predictions);
    }
    return;
  }

  int64_t total = 0;
  for (const Prediction& prediction : predictions) total += prediction.tokens;
  const std::vector<Batch> batches = pack(order, std::clamp(total / (4 * workers), kMinBatchTokens, kMaxBatchTokens));
  const int used = static_cast<int>(std::min<size_t>(batches.size(), static_cast<size_t>(workers)));
  while (streams.size() < static_cast<size_t>(used)) streams.emplace_back(model, 1);
  std::atomic<size_t> next{0};
  on_workers(used, [&](int worker) {
    PackedBatch packed(model.config());
    for (size_t b = next++; b < batches.size(); b = next++) {
      const auto batch = std::span(order).subspan(batches[b].begin, batches[b].end - batches[b].begin);
      forward(batch, streams[static_cast<size_t>(worker)], packed, predictions);
    }
  });
}

Classifier::Classifier(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Classifier::Classifier(Classifier&&) noexcept = default;
Classifier& Classifier::operator=(Classifier&&) noexcept = default;
Classifier::~Classifier() = default;

Classifier Classifier::load(const std::filesystem::path& folder, const ClassifierOptions& options) {
  const ModelConfig config = load_config(folder);
  if (config.classification() == nullptr) {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("{}: {} has no classification head: it gives hidden states, not labels; use a model "
                            "fine-tuned for sequence classification",
                            (folder / "config.json").string(), config.architecture));
  }
  ThreadDecision threads = decide_threads(options.threads);
  Tokenizer tokenizer = Tokenizer::load(folder);
  check_fit(tokenizer, config);
  EncodeOptions encode_options;
  encode_options.max_length = decide_max_length(folder, tokenizer, config, options.max_length);
  encode_options.special_tokens_in_text = options.special_tokens_in_text;
  encode_options.strict_utf8 = options.strict_utf8;
  return Classifier(std::unique_ptr<Impl>(new Impl{
      .model =
          load_model(folder, {.precision = options.precision, .embeddings = options.embeddings, .isa = options.isa}),
      .tokenizer = std::move(tokenizer),
      .options = options,
      .threads = std::move(threads),
      .encode_options = encode_options,
      .team = std::nullopt,
      .streams = {},
      .tokens = {}}));
}

std::vector<Prediction> Classifier::classify(std::span<const TextInput> inputs) {
  std::vector<Prediction> predictions(inputs.size());
  for (size_t begin = 0; begin < inputs.size(); begin += kWindow) {
    const size_t count = std::min(kWindow, inputs.size() - begin);
    impl_->classify(inputs.subspan(begin, count), begin, std::span(predictions).subspan(begin, count));
  }
  return predictions;
}

Prediction Classifier::classify(std::string_view text) {
  const TextInput input{.text = std::string(text)};
  return std::move(classify(std::span(&input, 1)).front());
}

const Model& Classifier::model() const { return impl_->model; }
const Tokenizer& Classifier::tokenizer() const { return impl_->tokenizer; }
const ThreadDecision& Classifier::threads() const { return impl_->threads; }
int32_t Classifier::max_length() const { return impl_->encode_options.max_length; }

}  // namespace fbert
