// What the program says of OpenBLAS, and that only fp32 needs it.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/cpu.h"
#include "tests/cli/tiny_model_fixture.h"

namespace fbert::testing::blas_test {
namespace {

using ::testing::HasSubstr;

class Blas : public ProgramTest {
 protected:
  // Where the loader finds this before the library of the system, there is no OpenBLAS that can be loaded.
  std::string broken_library() const {
    std::filesystem::create_directories(file("broken"));
    write("broken/libopenblas.so.0", "no library");
    return "LD_LIBRARY_PATH=" + file("broken").string();
  }
};

TEST_F(Blas, InspectNamesTheKernelsAndWhoChoseThem) {
  const Outcome outcome =
      launch({.arguments = {"inspect", "--model", model()}, .environment = {"OPENBLAS_CORETYPE=Prescott"}});
  EXPECT_THAT(outcome.output, HasSubstr("Prescott kernels (set by OPENBLAS_CORETYPE)"));
  const bool wider = (kernels::cpu_features() & kernels::kAvx512) != 0;
  EXPECT_EQ(outcome.output.find("warning: narrower than this CPU, which can run SkylakeX") != std::string::npos, wider);
  EXPECT_THAT(fbert("inspect", {"--cpu"}).output, HasSubstr("kernels ("));
}

TEST_F(Blas, AModelInInt8RunsWithoutIt) {
  ASSERT_EQ(fbert("quantize", {"--output", file("int8").string()}).exit_code, 0);
  const std::string int8 = file("int8").string();
  const Outcome inspected = launch({.arguments = {"inspect", "--model", int8}, .environment = {broken_library()}});
  EXPECT_EQ(inspected.exit_code, 0) << inspected.errors;
  EXPECT_THAT(inspected.output, HasSubstr("OpenBLAS not loaded"));
  for (const std::vector<std::string>& model_options :
       {std::vector<std::string>{"--model", int8}, {"--model", model(), "--variant", "int8"}}) {
    std::vector<std::string> arguments = {"run", "a b"};
    arguments.insert(arguments.end(), model_options.begin(), model_options.end());
    const Outcome outcome = launch({.arguments = arguments, .environment = {broken_library()}});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  }
}

TEST_F(Blas, AModelInFloatsSaysWhatToInstallWhereThereIsNone) {
  expect_failure(launch({.arguments = {"run", "a b", "--model", model()}, .environment = {broken_library()}}), 3,
                 "libopenblas0-pthread");
  const Outcome cpu = launch({.arguments = {"inspect", "--cpu"}, .environment = {broken_library()}});
  EXPECT_EQ(cpu.exit_code, 0) << cpu.errors;
  EXPECT_THAT(cpu.output, HasSubstr("none: models in float32 need OpenBLAS"));
}

TEST_F(Blas, BenchNamesTheKernelsOfAVariantInFloatsAlone) {
  const auto header = [this](const char* variant) {
    return fbert("bench", {"--variant", variant, "--seq-len", "4", "--num-samples", "20", "--warmup-runs", "1"}).output;
  };
  EXPECT_THAT(header("int8"), HasSubstr("OpenBLAS not loaded"));
  EXPECT_THAT(header("fp32"), HasSubstr(" kernels ("));
}

}  // namespace
}  // namespace fbert::testing::blas_test
