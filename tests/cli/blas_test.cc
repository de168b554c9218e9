// Whose products of floats run, what the program says of them, and that only those of OpenBLAS need it.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/cpu.h"
#include "tests/cli/tiny_model_fixture.h"

namespace fbert::testing::blas_test {
namespace {

using ::testing::HasSubstr;

class BlasChoice : public ProgramTest {
 protected:
  // Where the loader finds this before the library of the system, there is no OpenBLAS that can be loaded.
  std::string broken_library() const {
    std::filesystem::create_directories(file("broken"));
    write("broken/libopenblas.so.0", "no library");
    return "LD_LIBRARY_PATH=" + file("broken").string();
  }
};

TEST_F(BlasChoice, InspectNamesTheKernelsAndWhoChoseThem) {
  const Outcome outcome = launch({.arguments = {"inspect", "--model", model(), "--blas", "openblas"},
                                  .environment = {"OPENBLAS_CORETYPE=Prescott"}});
  EXPECT_THAT(outcome.output, HasSubstr("Prescott kernels (set by OPENBLAS_CORETYPE)"));
  const bool wider = (kernels::cpu_features() & kernels::kAvx512) != 0;
  EXPECT_EQ(outcome.output.find("warning: narrower than this CPU, which can run SkylakeX") != std::string::npos, wider);
  EXPECT_THAT(fbert("inspect", {"--cpu"}).output, HasSubstr("kernels ("));
}

TEST_F(BlasChoice, IsFbertsOwnUnlessToldOtherwise) {
  if ((kernels::cpu_features() & kernels::kAvx2) == 0) GTEST_SKIP() << "without AVX2 it is not";
  EXPECT_THAT(fbert("inspect", {}).output, HasSubstr("fbert's own products (the faster on this CPU)"));
  EXPECT_THAT(fbert("inspect", {"--blas", "own"}).output, HasSubstr("fbert's own products (forced by --blas)"));
  EXPECT_THAT(fbert("inspect", {"--blas", "openblas"}).output, HasSubstr(" kernels ("));
  const Outcome by_variable =
      launch({.arguments = {"inspect", "--model", model()}, .environment = {"FBERT_BLAS=openblas"}});
  EXPECT_THAT(by_variable.output, HasSubstr("forced by FBERT_BLAS"));
  expect_failure(fbert("run", {"a b", "--blas", "mkl"}), 2, "--blas: unknown 'mkl'; known: own, openblas");
  expect_failure(launch({.arguments = {"run", "a b", "--model", model()}, .environment = {"FBERT_BLAS=mkl"}}), 2,
                 "FBERT_BLAS: unknown 'mkl'");
}

TEST_F(BlasChoice, ModelsRunWithoutOpenBlas) {
  ASSERT_EQ(fbert("quantize", {"--output", file("int8").string()}).exit_code, 0);
  const std::string int8 = file("int8").string();
  for (const std::vector<std::string>& model_options :
       {std::vector<std::string>{"--model", int8}, {"--model", model(), "--variant", "int8"}, {"--model", model()}}) {
    std::vector<std::string> arguments = {"run", "a b"};
    arguments.insert(arguments.end(), model_options.begin(), model_options.end());
    const Outcome outcome = launch({.arguments = arguments, .environment = {broken_library()}});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  }
}

TEST_F(BlasChoice, OpenBlasSaysWhatToInstallWhereThereIsNone) {
  expect_failure(launch({.arguments = {"run", "a b", "--model", model(), "--blas", "openblas"},
                         .environment = {broken_library()}}),
                 3, "libopenblas0-pthread");
  const Outcome cpu = launch({.arguments = {"inspect", "--cpu"}, .environment = {broken_library()}});
  EXPECT_EQ(cpu.exit_code, 0) << cpu.errors;
  EXPECT_THAT(cpu.output, HasSubstr("blas          none: "));
  EXPECT_THAT(fbert("inspect", {"--cpu", "--blas", "openblas"}).output, HasSubstr("fp32          OpenBLAS "));
}

TEST_F(BlasChoice, BenchNamesIt) {
  const auto header = [this](const char* blas) {
    return fbert("bench",
                 {"--variant", "fp32", "--blas", blas, "--seq-len", "4", "--num-samples", "20", "--warmup-runs", "1"})
        .output;
  };
  EXPECT_THAT(header("own"), HasSubstr("fbert's own products"));
  EXPECT_THAT(header("openblas"), HasSubstr(" kernels ("));
}

}  // namespace
}  // namespace fbert::testing::blas_test
