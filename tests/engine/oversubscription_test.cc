// More threads than cores slow a forward pass down; they must not bring it to a standstill, as barriers do that only
// spin.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "fbert/model.h"
#include "fbert/quantize.h"
#include "fbert/threads.h"
#include "tests/support/paths.h"
#include "tests/support/tiny_model.h"

namespace fbert::oversubscription_test {
namespace {

using Clock = std::chrono::steady_clock;

double forward_milliseconds(const Model& model, const PackedBatch& batch, Context& context) {
  std::vector<float> logits(3);
  const auto start = Clock::now();
  model.forward(batch, context, logits);
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

TEST(Oversubscription, ATeamLargerThanTheMachineDoesNotCollapse) {
  testing::TinyModel tiny;
  tiny.hidden_size = 384;
  tiny.heads = 6;
  tiny.intermediate_size = 1536;
  tiny.layers = 4;
  const testing::TemporaryFolder folder;
  tiny.write(folder.path());
  const Model model = load_model(folder.path(), {.precision = Precision::kInt8});
  PackedBatch batch(model.config());
  batch.add(std::vector<int32_t>(48, 7));

  const int cores = allowed_cores();
  Context fitting(model, cores);
  Context crowded(model, cores * 3 + 1);
  std::vector<double> fitting_times, crowded_times;
  for (int i = 0; i < 60; ++i) {
    fitting_times.push_back(forward_milliseconds(model, batch, fitting));
    crowded_times.push_back(forward_milliseconds(model, batch, crowded));
  }
  const double few = median(fitting_times), many = median(crowded_times);
  RecordProperty("fitting_microseconds", static_cast<int>(few * 1e3));
  RecordProperty("crowded_microseconds", static_cast<int>(many * 1e3));
  EXPECT_LT(many, 4 * few) << cores << " cores: " << few << " ms with as many threads, " << many << " ms with "
                           << crowded.threads();
}

}  // namespace
}  // namespace fbert::oversubscription_test
