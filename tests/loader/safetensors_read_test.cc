// Files on disk: what is read, and files that cannot be.
#include <filesystem>
#include <limits>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

#include "loader/widen.h"
#include "tests/loader/safetensors_bytes.h"

namespace fbert::testing::safetensors_read_test {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SafeTensorsFile : public ::testing::Test {
 protected:
  fs::path write(std::string_view bytes, const char* name = "model.safetensors") {
    write_bytes(folder_.path() / name, bytes);
    return folder_.path() / name;
  }
  static std::string open_error(const fs::path& path) {
    return error_of([&] { SafeTensors::open(path); });
  }

  TemporaryFolder folder_;
};

std::string f32_file(size_t elements) {
  return file_with({entry("a", "F32", fmt::format("[{}]", elements), 0, 4 * elements)}, 4 * elements);
}

std::string f64_file(std::vector<double> values) {
  const size_t bytes = values.size() * sizeof(double);
  return file_of("{" + entry("a", "F64", fmt::format("[{}]", values.size()), 0, bytes) + "}",
                 std::string_view(reinterpret_cast<const char*>(values.data()), bytes));
}

TEST_F(SafeTensorsFile, ReadsF64AsTheNearestFloats) {
  const float infinity = std::numeric_limits<float>::infinity();
  const SafeTensors file = SafeTensors::open(write(f64_file({1.5, 0.1, -infinity, 1e-50, 3.4028235677973362e38})));
  std::vector<float> values(5);
  file.read_f32(file.tensors()[0], values);
  EXPECT_THAT(values, ElementsAre(1.5F, 0.1F, -infinity, 0.0F, std::numeric_limits<float>::max()));
  std::vector<float> part(2);
  file.read_f32(file.tensors()[0], 1, part);
  EXPECT_THAT(part, ElementsAre(0.1F, -infinity));
}

TEST_F(SafeTensorsFile, RefusesF64ThatNoFloatCanHold) {
  std::vector<double> values(10'000, 1.0);
  values[7'000] = -1e39;
  const fs::path path = write(f64_file(values));
  const SafeTensors file = SafeTensors::open(path);
  std::vector<float> floats(values.size());
  EXPECT_EQ(error_of([&] { file.read_f32(file.tensors()[0], floats); }),
            path.string() + ": tensor 'a': value 7000 is -1e+39, which is beyond the range of F32");
}

TEST_F(SafeTensorsFile, ReadsEveryFloatType) {
  const std::string data = std::string("\x00\x00\xC0\x3F\x00\x00\x10\xC0", 8) +  // F32 1.5, -2.25
                           std::string("\x00\x3E\x01\x00", 4) +                  // F16 1.5, 2^-24
                           std::string("\xC0\x3F\x10\xC0", 4);                   // BF16 1.5, -2.25
  const SafeTensors file =
      SafeTensors::open(write(file_of("{" + entry("f32", "F32", "[2]", 0, 8) + "," + entry("f16", "F16", "[2]", 8, 12) +
                                          "," + entry("bf16", "BF16", "[2]", 12, 16) + "}",
                                      data)));
  std::vector<float> out(2);
  file.read_f32(file.get("f32", {2}), out);
  EXPECT_THAT(out, ElementsAre(1.5f, -2.25f));
  file.read_f32(file.get("f16", {2}), out);
  EXPECT_THAT(out, ElementsAre(1.5f, 0x1p-24f));
  file.read_f32(file.get("bf16", {2}), out);
  EXPECT_THAT(out, ElementsAre(1.5f, -2.25f));
}

TEST_F(SafeTensorsFile, ReadsHalfTensorsLongerThanABlock) {
  constexpr size_t kElements = 3 * 16384 + 7;
  std::string data;
  for (size_t i = 0; i < kElements; ++i) {
    data += static_cast<char>(i & 0xFF);
    data += static_cast<char>((i >> 8) & 0x3F);
  }
  const SafeTensors file = SafeTensors::open(
      write(file_of("{" + entry("a", "F16", fmt::format("[{}]", kElements), 0, data.size()) + "}", data)));
  std::vector<float> out(kElements);
  file.read_f32(file.tensors()[0], out);
  for (size_t i = 0; i < kElements; ++i) ASSERT_EQ(out[i], f16_to_f32(static_cast<uint16_t>(i & 0x3FFF))) << i;
}

TEST_F(SafeTensorsFile, ReadsInt8AndRawBytes) {
  const SafeTensors file = SafeTensors::open(write(file_of("{" + entry("q", "I8", "[3]", 0, 3) + "}", "\x80\xFF\x7F")));
  std::vector<int8_t> out(3);
  file.read_i8(file.get("q", {3}), out);
  EXPECT_THAT(out, ElementsAre(-128, -1, 127));
  std::vector<std::byte> raw(3);
  file.read_bytes(file.get("q", {3}), raw);
  EXPECT_THAT(raw, ElementsAre(std::byte{0x80}, std::byte{0xFF}, std::byte{0x7F}));
}

TEST_F(SafeTensorsFile, RefusesOtherTypesAndShapesByName) {
  const SafeTensors file = SafeTensors::open(write(file_with({entry("n", "I64", "[1]", 0, 8)}, 8)));
  const std::string path = file.source();
  std::vector<float> floats(1);
  std::vector<int8_t> bytes(8);
  EXPECT_EQ(error_of([&] { file.read_f32(file.tensors()[0], floats); }),
            path + ": tensor 'n': expected type F32, F16, BF16 or F64, found I64");
  EXPECT_EQ(error_of([&] { file.read_i8(file.tensors()[0], bytes); }),
            path + ": tensor 'n': expected type I8, found I64");
  EXPECT_EQ(error_of([&] { file.get("n", {2, 3}); }), path + ": tensor 'n': expected shape [2, 3], found [1]");
  EXPECT_EQ(error_of([&] { file.get("m", {1}); }), path + ": tensor 'm': missing");
}

TEST_F(SafeTensorsFile, RefusesBuffersOfAnotherSize) {
  const SafeTensors file = SafeTensors::open(write(f32_file(2)));
  std::vector<float> three(3);
  EXPECT_THAT(error_of([&] { file.read_f32(file.tensors()[0], three); }, ErrorCode::kInternal),
              HasSubstr("tensor 'a'"));
}

TEST_F(SafeTensorsFile, FindsNoFile) {
  EXPECT_EQ(open_error(folder_.path() / "none"),
            (folder_.path() / "none").string() + ": cannot open: No such file or directory");
}

TEST_F(SafeTensorsFile, RefusesDirectory) { EXPECT_THAT(open_error(folder_.path()), HasSubstr("found a directory")); }

TEST_F(SafeTensorsFile, RefusesDevices) { EXPECT_THAT(open_error("/dev/zero"), HasSubstr("found a device")); }

// Opening a FIFO nobody writes to must not wait.
TEST_F(SafeTensorsFile, RefusesFifo) {
  const fs::path path = folder_.path() / "fifo";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_THAT(open_error(path), HasSubstr("found a pipe"));
}

TEST_F(SafeTensorsFile, RefusesUnreadableFile) {
  const fs::path path = write(f32_file(1));
  ASSERT_EQ(::chmod(path.c_str(), 0), 0);
  if (::access(path.c_str(), R_OK) == 0) GTEST_SKIP() << "this user may read everything";
  EXPECT_THAT(open_error(path), HasSubstr("Permission denied"));
}

TEST_F(SafeTensorsFile, ReportsFileThatShrinks) {
  for (const char* dtype : {"F32", "F16"}) {
    const size_t bytes = 400'000;
    const size_t elements = bytes / (dtype[1] == '3' ? 4 : 2);
    const fs::path path = write(file_with({entry("a", dtype, fmt::format("[{}]", elements), 0, bytes)}, bytes));
    const SafeTensors file = SafeTensors::open(path);
    fs::resize_file(path, 200'000);
    std::vector<float> out(elements);
    EXPECT_THAT(error_of([&] { file.read_f32(file.tensors()[0], out); }), HasSubstr("ends at byte 200000"));
  }
}

TEST_F(SafeTensorsFile, KeepsReadingFileThatIsReplaced) {
  const fs::path path = write(f32_file(2));
  const SafeTensors file = SafeTensors::open(path);
  write(f32_file(1), "new");
  fs::rename(folder_.path() / "new", path);
  std::vector<float> out(2);
  file.read_f32(file.tensors()[0], out);
  EXPECT_EQ(SafeTensors::open(path).tensors()[0].elements(), 1u);
}

TEST_F(SafeTensorsFile, MovesWithItsFile) {
  SafeTensors file = SafeTensors::open(write(f32_file(2)));
  SafeTensors other = SafeTensors::open(write(f32_file(1), "other"));
  other = std::move(file);
  std::vector<float> out(2);
  other.read_f32(other.get("a", {2}), out);
}

TEST_F(SafeTensorsFile, ReadsRealModels) {
  FBERT_REQUIRE_SHARED_DATA(data);
  size_t count = 0;
  for (const auto& folder : fs::directory_iterator(data / "models")) {
    if (!fs::exists(folder.path() / "model.safetensors")) continue;
    const SafeTensors file = SafeTensors::open(folder.path() / "model.safetensors");
    for (const TensorInfo& tensor : file.tensors()) {
      std::vector<std::byte> bytes(tensor.bytes());
      file.read_bytes(tensor, bytes);
    }
    ++count;
  }
  EXPECT_GT(count, 0u);
}

}  // namespace
}  // namespace fbert::testing::safetensors_read_test
