// What a context outlives and refuses: models that moved or died, batches and contexts of another model, forks.
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <utility>

#include <gmock/gmock.h>

#include "engine/fork.h"
#include "engine/thread_team.h"
#include "fbert/error.h"
#include "fbert/model.h"
#include "fbert/quantize.h"
#include "tests/support/model_logits.h"
#include "tests/support/paths.h"
#include "tests/support/sanitizers.h"
#include "tests/support/tiny_model.h"

namespace fbert::testing::context_test {
namespace {

Model load(const TinyModel& tiny = {}) {
  const TemporaryFolder folder;
  tiny.write(folder.path());
  return load_model(folder.path(), {.precision = Precision::kInt8});
}

PackedBatch batch_for(const Model& model) {
  PackedBatch batch(model.config());
  batch.add(std::vector<int32_t>{2, 60, 3});
  return batch;
}

std::vector<float> logits_of(const Model& model, const PackedBatch& batch, Context& context) {
  std::vector<float> logits(static_cast<size_t>(batch.sequences() * model.config().num_labels()));
  model.forward(batch, context, logits);
  return logits;
}

std::string refusal_of(const auto& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    return error.what();
  }
  return "no error";
}

TEST(Context, RefusesABatchOfAnotherConfiguration) {
  TinyModel larger;
  larger.vocab_size = 1000;
  larger.positions = 100;
  const Model model = load();
  const Model other = load(larger);
  Context context(model, 1);
  PackedBatch batch(other.config());
  batch.add(std::vector<int32_t>(100, 999));
  const char* expected = "the batch was made for a model of another configuration";
  EXPECT_EQ(refusal_of([&] { logits_of(model, batch, context); }), expected);
  std::vector<float> hidden(static_cast<size_t>(batch.tokens() * model.config().hidden_size));
  EXPECT_EQ(refusal_of([&] { model.hidden_states(batch, context, hidden); }), expected);
}

TEST(Context, RefusesAModelThatItWasNotMadeFor) {
  TinyModel wider;
  wider.hidden_size = 48;
  const Model model = load();
  const Model other = load(wider);
  Context context(model, 1);
  EXPECT_EQ(refusal_of([&] { logits_of(other, batch_for(other), context); }), "the context was made for another model");
}

TEST(Context, RunsWhenItsModelHasMoved) {
  Model model = load();
  const PackedBatch batch = batch_for(model);
  Context context(model, 2);
  const std::vector<float> expected = logits_of(model, batch, context);
  const Model moved = std::move(model);
  EXPECT_EQ(logits_of(moved, batch, context), expected);
  EXPECT_EQ(logits_of(model, batch, context), expected);  // NOLINT(bugprone-use-after-move): moving copies
}

TEST(Context, OutlivesItsModel) {
  auto model = std::make_unique<Model>(load());
  Context context(*model, 2);
  const int32_t hidden_size = model->config().hidden_size;
  model.reset();
  context.reserve(500, 10, 48);  // reads the configuration
  EXPECT_GE(context.workspace_bytes(), sizeof(float) * 250 * static_cast<size_t>(hidden_size));
}

#if !FBERT_UNDER_TSAN  // which starts no threads in a child

// The status of a child that runs `action`, which says whether all went well. A child that hangs is killed.
int status_in_child(const auto& action) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(30);
    ::_exit(action() ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return status;
}

TEST(Context, AForkedChildStartsItsTeamAnew) {
  const Model model = load();
  const PackedBatch batch = batch_for(model);
  std::optional<Context> context(std::in_place, model, 3);
  const std::vector<float> expected = logits_of(model, batch, *context);
  const auto run_and_end = [&] {
    const bool same = logits_of(model, batch, *context) == expected;
    context.reset();
    return same;
  };
  EXPECT_EQ(status_in_child(run_and_end), 0);
  EXPECT_EQ(status_in_child([&] { return status_in_child(run_and_end) == 0; }), 0) << "a child's child";
  EXPECT_EQ(logits_of(model, batch, *context), expected);
}

TEST(Context, EndsInAChildThatNeverRanIt) {
  std::optional<Context> context(std::in_place, load(), 3);
  EXPECT_EQ(status_in_child([&] {
              context.reset();
              return true;
            }),
            0);
}

#endif

}  // namespace
}  // namespace fbert::testing::context_test
