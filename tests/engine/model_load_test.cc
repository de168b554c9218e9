#include <gmock/gmock.h>

#include <cstdlib>

#include "fbert/error.h"
#include "fbert/model.h"
#include "fbert/quantize.h"
#include "kernels/kernels.h"
#include "tests/support/paths.h"
#include "tests/support/tiny_model.h"

namespace fbert::model_load_test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::TemporaryFolder;
using testing::TinyModel;

// The message with which loading a folder fails.
std::string load_error(const std::filesystem::path& folder, ErrorCode code = ErrorCode::kData) {
  try {
    load_model(folder);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code);
    EXPECT_EQ(std::string_view(error.what()).find('\n'), std::string_view::npos);
    return error.what();
  }
  return "no error";
}

TEST(ModelLoad, NamesEveryMissingTensor) {
  const TemporaryFolder folder;
  const TinyModel tiny;
  tiny.write(folder.path());
  auto tensors = tiny.tensors();
  tensors.erase("classifier.bias");
  tensors.erase("bert.encoder.layer.1.output.LayerNorm.weight");
  testing::write_tensors(folder.path() / "model.safetensors", tensors);
  EXPECT_THAT(load_error(folder.path()),
              AllOf(HasSubstr(folder.path().string()), HasSubstr("2 of the model's tensors are missing"),
                    HasSubstr("classifier.bias"), HasSubstr("bert.encoder.layer.1.output.LayerNorm.weight")));
}

TEST(ModelLoad, ManyMissingTensorsStayOneLine) {
  const TemporaryFolder folder;
  TinyModel tiny;
  tiny.write(folder.path());
  tiny.layers = 40;
  testing::write_text(folder.path() / "config.json", tiny.config_json());
  const std::string message = load_error(folder.path());
  EXPECT_THAT(message, HasSubstr("more"));
  EXPECT_LT(message.size(), 1000U);
}

TEST(ModelLoad, NamesATensorOfTheWrongShape) {
  const TemporaryFolder folder;
  TinyModel tiny;
  tiny.write(folder.path());
  tiny.intermediate_size = 48;
  testing::write_text(folder.path() / "config.json", tiny.config_json());
  EXPECT_THAT(load_error(folder.path()),
              AllOf(HasSubstr("intermediate.dense.weight"), HasSubstr("[48, 24]"), HasSubstr("[40, 24]")));
}

TEST(ModelLoad, NamesATensorOfTheWrongType) {
  const TemporaryFolder folder;
  const TinyModel tiny;
  tiny.write(folder.path());
  const auto tensors = tiny.tensors();
  std::vector<TensorSource> sources;
  const std::vector<int32_t> integers(3);
  for (const auto& [name, tensor] : tensors) {
    const bool wrong = name == "classifier.bias";
    sources.push_back({name, wrong ? DType::kI32 : DType::kF32, tensor.shape,
                       wrong ? std::as_bytes(std::span(integers)) : std::as_bytes(std::span(tensor.values))});
  }
  write_safetensors(folder.path() / "model.safetensors", sources, {});
  EXPECT_THAT(load_error(folder.path()), AllOf(HasSubstr("classifier.bias"), HasSubstr("I32")));
}

TEST(ModelLoad, NamesTheFolderWithoutWeights) {
  const TemporaryFolder folder;
  testing::write_text(folder.path() / "config.json", TinyModel{}.config_json());
  EXPECT_THAT(load_error(folder.path()), HasSubstr("model.safetensors"));
}

TEST(ModelLoad, ReportsWhatItHolds) {
  const TemporaryFolder folder;
  TinyModel{}.write(folder.path());
  const Model model = load_model(folder.path());
  EXPECT_EQ(model.weight_dtype(), "F32");
  EXPECT_EQ(model.file_bytes(), std::filesystem::file_size(folder.path() / "model.safetensors"));
  size_t values = 0;
  for (const auto& [name, tensor] : TinyModel{}.tensors()) values += tensor.values.size();
  EXPECT_GE(model.weight_bytes(), values * sizeof(float));
}

TEST(IsaDecision, ForcesATableByName) {
  const IsaDecision decision = decide_isa("ref");
  EXPECT_STREQ(decision.table->name, "ref");
  EXPECT_THAT(decision.reason, "requested");
}

TEST(IsaDecision, RefusesAnUnknownNameAndListsTheKnown) {
  try {
    decide_isa("avx1024");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("avx1024"), HasSubstr("avx2"), HasSubstr("ref")));
  }
}

TEST(IsaDecision, TheEnvironmentForcesTooAndTheOptionWins) {
  ::setenv("FBERT_ISA", "ref", 1);
  EXPECT_STREQ(decide_isa().table->name, "ref");
  EXPECT_THAT(decide_isa().reason, HasSubstr("FBERT_ISA"));
  ::setenv("FBERT_ISA", "nonsense", 1);
  EXPECT_THROW(decide_isa(), Error);
  EXPECT_STREQ(decide_isa("ref").table->name, "ref");
  ::unsetenv("FBERT_ISA");
  EXPECT_STREQ(decide_isa().table->name, kernels::best().name);
}

}  // namespace
}  // namespace fbert::model_load_test
