#include "cli/bench/run.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "cli/bench/checksums.h"
#include "cli/bench/inputs.h"
#include "cli/bench/noise.h"
#include "cli/bench/probe.h"
#include "cli/bench/stages.h"
#include "cli/bench/statistics.h"
#include "cli/bench/system.h"
#include "cli/notes.h"
#include "cli/report/progress.h"
#include "fbert/quantize.h"
#include "kernels/kernels.h"
#include "pipelines/batching.h"
#include "pipelines/load_options.h"

namespace fbert {
namespace {

// A variant in memory: the model alone for tokens, the classifier for texts.
struct Loaded {
  std::optional<Model> alone;
  std::optional<Classifier> classifier;
  int threads = 0;  // of the classifier

  const Model& model() const { return classifier ? classifier->model() : *alone; }
};

Loaded load(const Variant& variant, bool texts, int threads) {
  Loaded loaded;
  ClassifierOptions options = variant.options;
  options.threads = threads;
  loaded.threads = threads;
  if (texts) {
    loaded.classifier.emplace(Classifier::load(variant.folder, options));
  } else {
    loaded.alone.emplace(load_model(variant.folder, load_options(options)));
  }
  loaded.classifier ? report_notes(*loaded.classifier) : report_notes(loaded.model().config().notes);
  return loaded;
}

// What the calls of one setting work on.
struct Inputs {
  std::vector<TokenBatch> tokens;
  std::vector<std::vector<TextInput>> texts;  // none: tokens alone
  std::vector<int64_t> counts;                // tokens of each batch

  int64_t tokens_of(size_t call) const { return counts[call % counts.size()]; }
};

TokenBatch encode(std::span<const TextInput> texts, const Classifier& classifier) {
  TokenBatch batch;
  for (const TextInput& text : texts) batch.push_back(classifier.encode(text).ids);
  return batch;
}

Inputs make_inputs(const BenchRequest& request, const BenchSetting& setting, std::span<const Loaded> variants) {
  Inputs inputs;
  if (request.texts.empty()) {
    int32_t vocab_size = std::numeric_limits<int32_t>::max();
    for (const Loaded& variant : variants) vocab_size = std::min(vocab_size, variant.model().config().vocab_size);
    inputs.tokens = random_batches(setting, request.lengths, vocab_size);
  } else {
    const auto batch = static_cast<size_t>(setting.batch);
    for (size_t i = 0; i < request.texts.size(); i += batch) {  // the last batch is filled up from the beginning
      std::vector<TextInput>& texts = inputs.texts.emplace_back();
      for (size_t j = 0; j < batch; ++j) texts.push_back(request.texts[(i + j) % request.texts.size()]);
      inputs.tokens.push_back(encode(texts, *variants.front().classifier));
    }
  }
  for (const TokenBatch& batch : inputs.tokens) inputs.counts.push_back(count_tokens(batch));
  return inputs;
}

// Forward passes of one variant over packed batches.
struct Forward {
  const Model& model;
  Context context;
  std::vector<PackedBatch> batches;
  std::vector<float> output;

  Forward(const Model& of, std::span<const TokenBatch> tokens, int threads) : model(of), context(of, threads) {
    for (const TokenBatch& batch : tokens) {
      const PackedBatch& packed = batches.emplace_back(pack(model.config(), batch));
      context.reserve(packed.tokens(), packed.sequences(), packed.max_sequence());
    }
  }

  void operator()(size_t index) {
    const PackedBatch& batch = batches[index % batches.size()];
    const ModelConfig& config = model.config();
    if (config.classification() != nullptr) {
      output.resize(static_cast<size_t>(batch.sequences()) * static_cast<size_t>(config.num_labels()));
      model.forward(batch, context, output);
    } else {
      output.resize(static_cast<size_t>(batch.tokens()) * static_cast<size_t>(config.hidden_size));
      model.hidden_states(batch, context, output);
    }
  }
};

BenchCall make_call(Loaded& variant, const Inputs& inputs, int threads) {
  if (!variant.classifier) {
    return [forward = std::make_shared<Forward>(variant.model(), inputs.tokens, threads)](size_t index) {
      (*forward)(index);
    };
  }
  return [&variant, &inputs](size_t index) {
    variant.classifier->classify_or_throw(inputs.texts[index % inputs.texts.size()]);
  };
}

void check_settings(const BenchRequest& request) {
  int32_t longest = 0;
  for (const BenchSetting& setting : request.settings) longest = std::max(longest, setting.seq_len);
  for (const LengthShare& share : request.lengths) longest = std::max(longest, share.length);
  for (const Variant& variant : request.variants) {
    const int32_t positions = load_config(variant.folder).max_position_embeddings;
    if (longest <= positions) continue;
    throw Error(ErrorCode::kUsage,
                fmt::format("sequences of {} tokens are longer than the {} positions of the model {}", longest,
                            positions, escaped(variant.folder.path().string())));
  }
}

BenchVariant describe(const Variant& variant, const Model& model, const std::optional<BenchProbe>& probe,
                      WeightChecksums& checksums) {
  const double unknown = std::numeric_limits<double>::quiet_NaN();
  return {
      .name = variant.name,
      .folder = variant.folder.path().string(),
      .precision = to_string(model.precision()),
      .embeddings = to_string(model.embeddings()),
      .checksum = checksums.of(variant.folder),
      .file_bytes = model.file_bytes(),
      .weight_bytes = model.weight_bytes(),
      .peak_bytes = probe ? probe->peak_bytes : unknown,
      .load_ms = probe ? probe->load_ms : unknown,
      .first_label_ms = probe ? probe->first_label_ms : unknown,
      .accuracy = {},
      .accuracy_metric = {},
  };
}

BenchCase make_case(const BenchSetting& setting, size_t variant, Sampled sampled, const Inputs& inputs) {
  BenchCase one;
  one.variant = variant;
  one.setting = setting;
  one.block = sampled.block;
  one.warmup_runs = sampled.warmup_runs;
  one.stable = sampled.stable;
  one.time = summarize(sampled.ms, sampled.block);
  one.outliers = count_outliers(sampled.ms);
  double seconds = 0;
  int64_t tokens = 0;
  for (size_t i = 0; i < sampled.ms.size(); ++i) {
    seconds += sampled.ms[i] / 1e3;
    tokens += inputs.tokens_of(i);
  }
  const double sequences = static_cast<double>(sampled.ms.size()) * setting.batch;
  one.sequences_per_second = sequences / seconds;
  one.tokens_per_second = static_cast<double>(tokens) / seconds;
  one.cpu_seconds_per_1k = sampled.cpu_seconds / sequences * 1e3;
  one.padding_avoided = padding_share(inputs.tokens);
  one.samples = std::move(sampled.ms);
  return one;
}

// The tokenizer of a model that is measured on tokens; none where its folder has none.
std::optional<Tokenizer> find_tokenizer(const ModelFolder& folder) {
  try {
    return Tokenizer::load(folder);
  } catch (const Error&) {
    return {};
  }
}

void measure_setting(const BenchRequest& request, const BenchSetting& setting, std::vector<Loaded>& variants,
                     const std::function<void(double)>& after_round, BenchReport& report) {
  const Inputs inputs = make_inputs(request, setting, variants);
  std::vector<BenchCall> calls;
  for (Loaded& variant : variants) calls.push_back(make_call(variant, inputs, setting.threads));
  std::vector<Sampled> sampled = sample_interleaved(calls, request.sampling, after_round);
  calls.clear();
  const size_t first = report.cases.size();
  for (size_t i = 0; i < variants.size(); ++i) {
    BenchCase one = make_case(setting, i, std::move(sampled[i]), inputs);
    const auto own = inputs.texts.empty() ? find_tokenizer(request.variants[i].folder) : std::nullopt;
    const Tokenizer* tokenizer = variants[i].classifier ? &variants[i].classifier->tokenizer() : own ? &*own : nullptr;
    one.stages = measure_stages(variants[i].model(), tokenizer, inputs.tokens, inputs.texts, setting.threads);
    report.cases.push_back(std::move(one));
    const BenchCase& reference = report.cases[first];
    if (i > 0)
      report.cases.back().ratio = compare_rounds(report.cases.back().samples, reference.samples, reference.block);
  }
}

}  // namespace

BenchReport run_bench(const BenchRequest& request) {
  check_settings(request);
  const bool texts = !request.texts.empty();
  const int threads = request.settings.front().threads;
  BenchReport report;
  report.model = request.variants.front().folder.path().string();
  report.input = request.input;
  report.end_to_end = texts;
  report.system = describe_system();
  report.system.threads_reason = request.threads_reason;
  std::vector<std::optional<BenchProbe>> probes;
  for (const Variant& variant : request.variants) probes.push_back(probe_variant(variant, threads));
  std::vector<Loaded> variants;
  WeightChecksums checksums;
  for (size_t i = 0; i < request.variants.size(); ++i) {
    variants.push_back(load(request.variants[i], texts, threads));
    report.variants.push_back(describe(request.variants[i], variants[i].model(), probes[i], checksums));
  }
  const IsaDecision& isa = variants.front().model().isa();
  report.system.isa = isa.table->name;
  report.system.isa_reason = isa_reason(request.variants.front().options.isa, isa);
  // Of the variant in floats, if there is one: the others multiply none or few.
  const auto in_floats = std::find_if(variants.begin(), variants.end(), [](const Loaded& variant) {
    return variant.model().precision() == Precision::kF32;
  });
  report.system.blas = blas_text(request.variants.front().options.blas,
                                 (in_floats != variants.end() ? *in_floats : variants.front()).model().blas());

  Progress progress(false, "settings");
  NoiseWatch watch;
  for (size_t i = 0; i < request.settings.size(); ++i) {
    const BenchSetting& setting = request.settings[i];
    for (size_t j = 0; texts && j < variants.size(); ++j) {
      if (variants[j].threads != setting.threads) variants[j] = load(request.variants[j], texts, setting.threads);
    }
    const auto after_round = [&](double fraction) {
      watch.look();
      progress.update(static_cast<int64_t>(i),
                      (static_cast<double>(i) + fraction) / static_cast<double>(request.settings.size()));
    };
    measure_setting(request, setting, variants, after_round, report);
  }
  report.noise = watch.finish();
  int most_threads = 1;
  for (const BenchSetting& setting : request.settings) most_threads = std::max(most_threads, setting.threads);
  report.noise.warnings = noise_warnings(report.noise, report.system, most_threads);
  for (std::string& warning : sample_warnings(report)) report.noise.warnings.push_back(std::move(warning));
  return report;
}

}  // namespace fbert
