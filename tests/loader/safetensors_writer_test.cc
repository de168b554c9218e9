#include "loader/safetensors_writer.h"

#include <algorithm>
#include <filesystem>
#include <random>

#include "loader/atomic_file.h"
#include "tests/loader/safetensors_bytes.h"

namespace fbert::testing::safetensors_writer_test {
namespace {

using namespace std::string_literals;
using ::testing::HasSubstr;

const std::string kZeros(1 << 16, '\0');

TensorSource tensor(std::string name, DType dtype, Shape shape) {
  size_t bits = bits_of(dtype);
  for (const uint64_t dimension : shape) bits *= dimension;
  return {std::move(name), dtype, std::move(shape), as_bytes(std::string_view(kZeros).substr(0, bits / 8))};
}

class SafeTensorsWriter : public ::testing::Test {
 protected:
  std::string written(std::vector<TensorSource> tensors, const std::map<std::string, std::string>& metadata = {}) {
    write_safetensors(path_, std::move(tensors), metadata);
    return read_file(path_, 1 << 20);
  }
  std::string refusal(std::vector<TensorSource> tensors, const std::map<std::string, std::string>& metadata = {}) {
    const std::string message =
        error_of([&] { write_safetensors(path_, std::move(tensors), metadata); }, ErrorCode::kInternal);
    EXPECT_FALSE(std::filesystem::exists(path_));
    return message;
  }

  TemporaryFolder folder_;
  const std::filesystem::path path_ = folder_.path() / "model.safetensors";
};

TEST_F(SafeTensorsWriter, WritesTheseBytes) {
  const std::string expected =
      file_of(R"({"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
              R"("a":{"dtype":"I8","shape":[2],"data_offsets":[4,6]}}       )",
              "\0\0\0\0\0\0"s);
  EXPECT_EQ(written({tensor("a", DType::kI8, {2}), tensor("b", DType::kF32, {1})}, {{"format", "pt"}}), expected);
}

TEST_F(SafeTensorsWriter, AlignsHeaderAndTensors) {
  for (size_t length = 1; length < 20; ++length) {
    written({tensor(std::string(length, 'n'), DType::kU8, {3}), tensor("w", DType::kF64, {1}),
             tensor("h", DType::kF16, {5}), tensor("f", DType::kF32, {}), tensor("four", DType::kF4, {2})});
    const SafeTensors file = SafeTensors::open(path_);
    for (const TensorInfo& info : file.tensors()) {
      EXPECT_EQ(info.begin % std::max<size_t>(size_of(info.dtype), 1), 0u) << info.name;
    }
  }
}

TEST_F(SafeTensorsWriter, WritesTheSameBytesInAnyOrder) {
  std::vector<TensorSource> tensors;
  const DType types[] = {DType::kF32, DType::kI8, DType::kI64, DType::kBF16};
  for (uint64_t i = 0; i < 20; ++i) tensors.push_back(tensor(fmt::format("layer.{}", i), types[i % 4], {i, 2}));
  const std::string first = written(tensors, {{"b", "2"}, {"a", "1"}});
  std::mt19937 random(7);
  for (int i = 0; i < 10; ++i) {
    std::shuffle(tensors.begin(), tensors.end(), random);
    EXPECT_EQ(written(tensors, {{"a", "1"}, {"b", "2"}}), first);
  }
}

TEST_F(SafeTensorsWriter, WritesMetadataWithoutTensorsAndNothingAtAll) {
  EXPECT_EQ(written({}), file_of("{}      "));
  written({}, {{"format", "pt"}});
  EXPECT_EQ(SafeTensors::open(path_).metadata().at("format"), "pt");
}

TEST_F(SafeTensorsWriter, KeepsStrangeTexts) {
  const std::string name = "quote\" slash\\ NUL\0 \n \U0001F600"s;
  written({tensor(name, DType::kF32, {2, 0})}, {{name, name}});
  const SafeTensors file = SafeTensors::open(path_);
  EXPECT_NE(file.find(name), nullptr);
  EXPECT_EQ(file.metadata().at(name), name);
}

TEST_F(SafeTensorsWriter, KeepsDataThroughReadingAndWriting) {
  std::vector<float> weights(1000);
  std::mt19937 random(1);
  for (float& weight : weights) weight = static_cast<float>(random());
  write_safetensors(path_, {{"w", DType::kF32, {10, 100}, std::as_bytes(std::span(weights))}}, {});
  const SafeTensors file = SafeTensors::open(path_);
  std::vector<float> read(1000);
  file.read_f32(file.get("w", {10, 100}), read);
  EXPECT_EQ(read, weights);
}

// The data of the new file may come from the one it replaces.
TEST_F(SafeTensorsWriter, ReplacesTheFileItReads) {
  written({tensor("w", DType::kI8, {100})});
  const SafeTensors old = SafeTensors::open(path_);
  std::vector<std::byte> bytes(100);
  old.read_bytes(old.tensors()[0], bytes);
  write_safetensors(path_, {{"v", DType::kI8, {100}, bytes}}, {});
  EXPECT_NE(SafeTensors::open(path_).find("v"), nullptr);
  old.read_bytes(old.tensors()[0], bytes);
}

TEST_F(SafeTensorsWriter, RefusesWhatTheReaderWouldRefuse) {
  EXPECT_THAT(refusal({tensor("a", DType::kI8, {1}), tensor("a", DType::kI8, {1})}),
              HasSubstr("tensor 'a': duplicate"));
  EXPECT_THAT(refusal({tensor("__metadata__", DType::kI8, {1})}), HasSubstr("reserved"));
  EXPECT_THAT(refusal({{"a", DType::kF32, {2}, as_bytes("1234")}}), HasSubstr("takes 8 bytes"));
  EXPECT_THAT(refusal({{"a", DType::kF4, {1}, {}}}), HasSubstr("whole number of bytes"));
  EXPECT_THAT(refusal({{"a", DType::kF32, {UINT64_MAX, 2}, {}}}), HasSubstr("overflows"));
  EXPECT_THAT(refusal({tensor("\xFF", DType::kI8, {1})}), HasSubstr("invalid UTF-8"));
  EXPECT_THAT(refusal({}, {{"k", "\xFF"}}), HasSubstr("metadata 'k'"));
}

}  // namespace
}  // namespace fbert::testing::safetensors_writer_test
