// What the developers' benchmarks stand on.
#include <gtest/gtest.h>

#include <filesystem>
#include <vector>

#include "bench/noise_gate.h"
#include "bench/peak_probe.h"
#include "bench/random_model.h"
#include "fbert/model.h"
#include "fbert/quantize.h"

namespace fbert::bench {
namespace {

TEST(PeakProbe, FindsAPlausibleRate) {
  const PeakProbe* probe = peak_probe();
  if (probe == nullptr) GTEST_SKIP() << "this CPU has no AVX2";
  const double gmacs = probe->gmacs(2);
  EXPECT_GT(gmacs, 1);
  EXPECT_LT(gmacs, 2 * 64 * 8);  // two instructions of 64 products a cycle, at 8 GHz: sums must not be left out
}

TEST(PeakProbe, FusedMultiplyAddsAreFoundAtAPlausibleRate) {
  for (const bool on_512_bits : {false, true}) {
    const PeakProbe* probe = fma_probe(on_512_bits);
    if (probe == nullptr) continue;
    const double gmacs = probe->gmacs(2);
    EXPECT_GT(gmacs, 1) << probe->instruction;
    EXPECT_LT(gmacs, 2 * 16 * 8) << probe->instruction;
  }
}

TEST(NoiseGate, QuantilesAreThoseOfTheSortedValues) {
  const Samples samples{.kept = {{7, 1}, {1, 1}, {2, 1}}, .clean = 3, .dropped = 0};
  const auto seconds = [](const Sample& sample) { return sample.seconds; };
  EXPECT_EQ(samples.quantile(0, seconds), 1);
  EXPECT_EQ(samples.quantile(0.5, seconds), 2);
  EXPECT_EQ(samples.quantile(1, seconds), 7);
}

TEST(NoiseGate, EndsWithFiguresHoweverNoisyTheMachineIs) {
  // A probe whose every reading is a fifth below the last: the machine is never quiet.
  static double falling = 1e9;
  static const PeakProbe probe{"falling", [](double) { return falling *= 0.8; }};
  int calls = 0;
  const Samples samples = gated_samples(3, &probe, [&calls] { return static_cast<double>(++calls); });
  EXPECT_EQ(samples.clean, 0);
  EXPECT_EQ(samples.dropped, 12);
  EXPECT_EQ(samples.kept.size(), 12U);
  EXPECT_EQ(calls, 1 + 12);
  for (const Sample& sample : samples.kept) {
    EXPECT_GT(sample.seconds, 1);  // the first one only warms up
    EXPECT_GT(sample.gmacs, 0);
  }
}

TEST(NoiseGate, KeepsCleanSamplesAloneWhereThereAreEnough) {
  static const PeakProbe steady{"steady", [](double) { return 100.0; }};
  const Samples samples = gated_samples(3, &steady, [] { return 2.0; });
  EXPECT_LE(samples.clean, 3);
  EXPECT_EQ(samples.kept.size(), static_cast<size_t>(samples.clean == 3 ? 3 : samples.clean + samples.dropped));
}

TEST(RandomModel, IsAFolderThatLoadsAndGoesAway) {
  std::filesystem::path folder;
  for (const bool distilbert : {false, true}) {
    const RandomModel random({"small", distilbert, 2, 48, 4, 96});
    folder = random.folder();
    const Model model = load_model(folder);
    EXPECT_EQ(model.config().num_hidden_layers, 2);
    EXPECT_EQ(model.config().num_labels(), 2);
    PackedBatch batch(model.config());
    batch.add(std::vector<int32_t>{1, 2, RandomModel::kVocabulary - 1});
    Context context(model, 1);
    std::vector<float> logits(2);
    model.forward(batch, context, logits);
    EXPECT_NE(logits[0], logits[1]);
  }
  EXPECT_FALSE(std::filesystem::exists(folder));
}

}  // namespace
}  // namespace fbert::bench
