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

TEST(NoiseGate, MedianIsTheMiddleSample) {
  const Samples samples{.seconds = {1, 2, 7}, .dropped = 0};
  EXPECT_EQ(samples.median(), 2);
}

TEST(NoiseGate, CountsWhatItKeepsAndDrops) {
  int calls = 0;
  const Samples samples = gated_samples(3, [&calls] { return static_cast<double>(++calls); });
  EXPECT_LE(samples.seconds.size(), 3U);
  EXPECT_LE(samples.dropped, 12);
  EXPECT_TRUE(samples.seconds.size() == 3 || samples.dropped == 12);
  EXPECT_GE(calls, 1 + static_cast<int>(samples.seconds.size()));
  for (const double seconds : samples.seconds) EXPECT_GT(seconds, 1);  // the first one only warms up
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
