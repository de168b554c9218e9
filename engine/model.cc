#include "fbert/model.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/checkpoint.h"
#include "engine/encoder.h"
#include "engine/linear.h"
#include "engine/model_parts.h"
#include "engine/openblas.h"
#include "engine/thread_team.h"
#include "engine/weight_loader.h"
#include "engine/workspace.h"
#include "fbert/error.h"
#include "kernels/kernels.h"
#include "kernels/x86/float_mode.h"

namespace fbert {

namespace {

// Batches of more tokens than this are computed in parts, of whole sequences and about equal: what one step writes is
// then still in the caches when the next one reads it, and there are enough rows to make good use of a weight that is
// loaded. Of 32 sequences of 128 tokens in int8, parts made DistilBERT 1.04 times as fast on one thread and 1.13 on
// two, MiniLM-L6-384 1.16, TinyBERT-4L-312 1.18; fp32 keeps its speed.
constexpr int32_t kLeastPartTokens = 256;
constexpr int32_t kPartTokensPerWorker = 128;

}  // namespace

struct Model::Impl : ModelParts {};

// A team that was forked off its threads cannot be waited for and stays in memory.
struct EndTeam {
  void operator()(ThreadTeam* team) const {
    if (team->of_this_process()) delete team;
  }
};

struct [[gnu::visibility("hidden")]] Context::Impl {
  Impl(std::shared_ptr<const Model::Impl> of, int threads)
      : model(std::move(of)),
        config(model->config),
        buffers(model->blas.blas == Blas::kOpenBlas ? threads : 0),
        team(new ThreadTeam(threads)),
        part(config) {}

  const std::shared_ptr<const Model::Impl> model;
  const ModelConfig& config;
  const openblas::Buffers buffers;
  std::unique_ptr<ThreadTeam, EndTeam> team;
  PackedBatch part;
  Workspace workspace;
  Observer observer;

  void reserve(int32_t tokens, int32_t sequences, int32_t max_sequence);

  // Throws kUsage unless both this context and the batch were made for the model.
  void check(const Model::Impl& of, const PackedBatch& batch) const;

  // Calls `run(part, first)` for the parts of a batch in turn, with the number of the part's first sequence.
  template <typename Run>
  void for_each_part(const PackedBatch& batch, const Run& run);

  int32_t part_tokens() const { return std::max(kLeastPartTokens, kPartTokensPerWorker * team->members()); }
};

namespace {

// logits = classifier(activation(dense(first))), for the first tokens of all sequences.
void run_head(const ForwardPass& pass, float* logits, const Worker& worker) noexcept {
  const HeadWeights& head = *pass.weights.head;
  const Workspace& w = pass.workspace;
  const size_t hidden_size = head.dense.out_features;
  const auto rows = static_cast<size_t>(pass.batch.sequences());
  run_linear({{&head.dense, {w.first, hidden_size, rows}, w.pooled, hidden_size, head.activation}}, pass.kernels,
             worker);
  worker.sync();
  run_linear({{&head.classifier, {w.pooled, hidden_size, rows}, logits, head.classifier.out_features}}, pass.kernels,
             worker);
  pass.finish(Step::kHead, worker);
}

void check_output(size_t found, size_t expected) {
  if (found != expected) {
    throw Error(ErrorCode::kInternal, fmt::format("the output has room for {} values, needed {}", found, expected));
  }
}

}  // namespace

Context::Context(const Model& model, int threads) : impl_(std::make_unique<Impl>(model.impl_, threads)) {}
Context::Context(Context&&) noexcept = default;
Context& Context::operator=(Context&&) noexcept = default;
Context::~Context() = default;

void Context::Impl::reserve(int32_t tokens, int32_t sequences, int32_t max_sequence) {
  if (tokens > part_tokens()) {
    tokens = std::min(tokens, part_tokens() + max_sequence);
    sequences = std::min(sequences, tokens);
    part.reserve(static_cast<size_t>(tokens), static_cast<size_t>(sequences));
  }
  workspace.reserve(config, team->members(), static_cast<size_t>(tokens), static_cast<size_t>(sequences),
                    static_cast<size_t>(max_sequence));
}

void Context::Impl::check(const Model::Impl& of, const PackedBatch& batch) const {
  if (model.get() != &of) throw Error(ErrorCode::kUsage, "the context was made for another model");
  if (!batch.is_for(config)) throw Error(ErrorCode::kUsage, "the batch was made for a model of another configuration");
}

template <typename Run>
void Context::Impl::for_each_part(const PackedBatch& batch, const Run& run) {
  if (batch.sequences() == 0) return;
  if (!team->of_this_process()) team.reset(new ThreadTeam(team->members()));
  reserve(batch.tokens(), batch.sequences(), batch.max_sequence());
  const int64_t parts = (batch.tokens() + part_tokens() - 1) / part_tokens();
  if (parts <= 1) return run(batch, 0);
  const auto starts = batch.cu_seqlens();
  auto first = starts.begin();
  for (int64_t i = 1; i <= parts; ++i) {
    const auto last = std::lower_bound(first, starts.end(), batch.tokens() * i / parts);
    if (last == first) continue;  // a sequence that is longer than a part
    part.assign(batch, static_cast<int32_t>(first - starts.begin()), static_cast<int32_t>(last - starts.begin()));
    run(part, static_cast<size_t>(first - starts.begin()));
    first = last;
  }
}

void Context::reserve(int32_t tokens, int32_t sequences, int32_t max_sequence) {
  impl_->reserve(tokens, sequences, max_sequence);
}

size_t Context::workspace_bytes() const { return impl_->workspace.bytes(); }

void Context::observe(const Observer& observer) { impl_->observer = observer; }

int Context::threads() const { return impl_->team->members(); }

Model::Model(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Model::Model(const Model&) noexcept = default;
Model& Model::operator=(const Model&) noexcept = default;
Model::~Model() = default;

Model make_model(ModelParts parts) { return Model(std::make_shared<const Model::Impl>(Model::Impl{std::move(parts)})); }

Model Model::load(const ModelFolder& folder, const std::string& isa, const std::string& blas) {
  IsaDecision decision = decide_isa(isa);
  auto [config, files] = open_checkpoint(folder);
  const Precision precision = config.quantization ? Precision::kInt8 : Precision::kF32;
  BlasDecision blas_decision = decide_blas(blas, precision);
  ModelWeights weights = load_weights(config, files, {.plans = {}, .blas = blas_decision.blas}).weights;
  folder.check_unchanged();
  return make_model({.config = std::move(config),
                     .isa = std::move(decision),
                     .blas = std::move(blas_decision),
                     .precision = precision,
                     .weights = std::move(weights),
                     .file_bytes = files.total_bytes()});
}

const ModelConfig& Model::config() const { return impl_->config; }
const IsaDecision& Model::isa() const { return impl_->isa; }
const BlasDecision& Model::blas() const { return impl_->blas; }
Precision Model::precision() const { return impl_->precision; }
EmbeddingType Model::embeddings() const { return impl_->weights.embeddings.word.type; }
size_t Model::weight_bytes() const { return impl_->weights.arena.used_bytes(); }
size_t Model::file_bytes() const { return impl_->file_bytes; }
const std::string& Model::weight_dtype() const { return impl_->weights.dtype; }

void Model::forward(const PackedBatch& batch, Context& context, std::span<float> logits) const {
  if (!impl_->weights.head) {
    throw Error(ErrorCode::kUnsupported, fmt::format("{} has no classification head", impl_->config.architecture));
  }
  const auto num_labels = static_cast<size_t>(config().num_labels());
  Context::Impl& own = *context.impl_;
  own.check(*impl_, batch);
  check_output(logits.size(), static_cast<size_t>(batch.sequences()) * num_labels);
  own.for_each_part(batch, [&](const PackedBatch& part, size_t first) {
    const ForwardPass pass{impl_->config, impl_->weights, *impl_->isa.table, part, own.workspace, &own.observer};
    float* output = logits.data() + first * num_labels;
    own.team->run([&pass, output](const Worker& worker) noexcept {
      const FlushDenormals flush;
      run_encoder(pass, Queries::kFirst, worker);
      run_head(pass, output, worker);
    });
  });
}

void Model::hidden_states(const PackedBatch& batch, Context& context, std::span<float> hidden) const {
  const auto hidden_size = static_cast<size_t>(config().hidden_size);
  Context::Impl& own = *context.impl_;
  own.check(*impl_, batch);
  check_output(hidden.size(), static_cast<size_t>(batch.tokens()) * hidden_size);
  own.for_each_part(batch, [&](const PackedBatch& part, size_t first) {
    const ForwardPass pass{impl_->config, impl_->weights, *impl_->isa.table, part, own.workspace, &own.observer};
    own.team->run([&pass](const Worker& worker) noexcept {
      const FlushDenormals flush;
      run_encoder(pass, Queries::kAll, worker);
    });
    const auto begin = static_cast<size_t>(batch.cu_seqlens()[first]) * hidden_size;
    std::copy_n(own.workspace.hidden, static_cast<size_t>(part.tokens()) * hidden_size, hidden.data() + begin);
  });
}

void scores_from_logits(const kernels::KernelTable& table, ScoreFunction function, std::span<const float> logits,
                        std::span<float> scores) {
  switch (function) {
    case ScoreFunction::kSoftmax:
      std::copy(logits.begin(), logits.end(), scores.begin());
      table.softmax(scores.data(), scores.size(), 1.0F, 1, scores.size());
      return;
    case ScoreFunction::kSigmoid:
      table.sigmoid(logits.data(), scores.data(), scores.size());
      return;
    case ScoreFunction::kIdentity:
      std::copy(logits.begin(), logits.end(), scores.begin());
      return;
  }
}

}  // namespace fbert
