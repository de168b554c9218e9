// Which OpenBLAS kernels run, who chose them, and that products stay in the thread that asks for them.
#include "engine/openblas.h"

#include <dlfcn.h>
#include <sys/resource.h>

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/gemm_f32.h"
#include "fbert/error.h"
#include "fbert/model.h"
#include "fbert/quantize.h"
#include "kernels/cpu.h"
#include "tests/support/paths.h"
#include "tests/support/sanitizers.h"
#include "tests/support/tiny_model.h"

namespace fbert::openblas::openblas_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Each test runs in a process of its own, by CTest; run together, the later ones find OpenBLAS loaded.
bool is_in_process() { return ::dlopen("libopenblas.so.0", RTLD_LAZY | RTLD_NOLOAD) != nullptr; }

TEST(OpenBlas, IsLoadedForAModelThatIsToRunWithIt) {
  if (loaded() != nullptr) GTEST_SKIP() << "another test of this process has loaded it";
  const testing::TemporaryFolder folder;
  testing::TinyModel().write(folder.path());
  const Model int8 = load_model(folder.path(), {.precision = Precision::kInt8});
  EXPECT_EQ(loaded(), nullptr);
  EXPECT_FALSE(is_in_process());
  EXPECT_THAT(gemm_f32::description(), HasSubstr("not loaded"));
  const Model own = load_model(folder.path(), {.blas = "own"});
  EXPECT_EQ(loaded(), nullptr);
  const Model fp32 = load_model(folder.path(), {.blas = "openblas"});
  EXPECT_NE(loaded(), nullptr);
  EXPECT_TRUE(is_in_process());
}

TEST(OpenBlas, SaysWhereThereIsNoRoomForItsBuffers) {
#if FBERT_UNDER_ASAN || FBERT_UNDER_TSAN
  GTEST_SKIP() << "sanitizers reserve address space without end";
#endif
  load();
  const Buffers few(2);
  rlimit before = {};
  ASSERT_EQ(::getrlimit(RLIMIT_AS, &before), 0);
  rlimit little = before;
  little.rlim_cur = rlim_t{2} << 30;
  ASSERT_EQ(::setrlimit(RLIMIT_AS, &little), 0);
  std::string message;
  try {
    const Buffers many(64);
  } catch (const Error& error) {
    message = error.what();
  }
  const auto again = [] { const Buffers some(2); };
  EXPECT_NO_THROW(again());  // nothing is left of the attempt
  ASSERT_EQ(::setrlimit(RLIMIT_AS, &before), 0);
  EXPECT_THAT(message, HasSubstr("out of memory: OpenBLAS"));
}

TEST(OpenBlas, RunsTheKernelsOfThisCpuUnlessTheUserHasChosen) {
  const char* by_user = std::getenv("OPENBLAS_CORETYPE");
  const std::string wish = by_user != nullptr ? by_user : "";
  const Library& library = load();
  const uint32_t features = kernels::cpu_features();
  constexpr uint32_t kHaswell = kernels::kAvx2 | kernels::kFma;
  if (by_user != nullptr) {
    EXPECT_EQ(library.chosen_by, ChosenBy::kUser);
    if (wish == "Prescott" || wish == "SkylakeX") {
      EXPECT_EQ(library.kernels.name, wish);
    }
    EXPECT_THAT(describe(library), HasSubstr("(set by OPENBLAS_CORETYPE)"));
  } else if ((features & kernels::kAvx512) != 0) {
    EXPECT_EQ(library.kernels.name, "SkylakeX");
    EXPECT_EQ(library.chosen_by, ChosenBy::kFbert);
  } else if ((features & kHaswell) == kHaswell) {
    EXPECT_EQ(library.kernels.name, "Haswell");
  }
  if (wish == "Prescott" && (features & kHaswell) == kHaswell) {
    EXPECT_THAT(describe(library), HasSubstr("warning: narrower than this CPU"));
  } else if (by_user == nullptr) {
    EXPECT_THAT(describe(library), Not(HasSubstr("warning")));
  }
}

TEST(OpenBlas, LeavesTheEnvironmentAsItWas) {
  const auto snapshot = [] {
    std::vector<std::string> variables;
    for (char** variable = environ; *variable != nullptr; ++variable) variables.emplace_back(*variable);
    return variables;
  };
  const std::vector<std::string> before = snapshot();
  load();
  EXPECT_EQ(snapshot(), before);
}

TEST(OpenBlas, ProductsAreSmallEnoughToStayInTheirThread) {
  const Kernels skylake = kernels_named("SkylakeX"), haswell = kernels_named("Haswell");
  for (const size_t depth : std::initializer_list<size_t>{1, 16, 312, 400, 768}) {
    for (const size_t columns : std::initializer_list<size_t>{16, 32}) {
      EXPECT_LE(gemm_f32::max_rows(skylake, 8, columns, depth) * columns * depth, 1'000'000U);
      EXPECT_LE(gemm_f32::max_rows(haswell, 2, columns, depth) * columns * depth, 262'144U);
      EXPECT_EQ(gemm_f32::max_rows(haswell, 1, columns, depth), gemm_f32::max_rows(skylake, 8, columns, depth));
    }
  }
  EXPECT_EQ(gemm_f32::max_rows(haswell, 2, 32, 768), 8U);
}

TEST(OpenBlas, UnknownKernelsPromiseNothing) {
  const Kernels unknown = kernels_named("GraniteRapids");
  EXPECT_FALSE(unknown.small_matrices);
  EXPECT_FALSE(unknown.independent_rows);
}

}  // namespace
}  // namespace fbert::openblas::openblas_test
