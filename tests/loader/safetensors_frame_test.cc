// The frame of a file: its length field, where the header ends, and files of other kinds.
#include <filesystem>

#include "loader/safetensors_header.h"
#include "tests/loader/safetensors_bytes.h"

namespace fbert::testing::safetensors_frame_test {
namespace {

using ::testing::HasSubstr;

TEST(SafeTensorsFrame, RejectsFilesWithoutALengthField) {
  for (size_t size = 0; size < 8; ++size) {
    expect_rejected(std::string(size, '\0'), {fmt::format("{} bytes", size), "not a safetensors file"});
  }
}

TEST(SafeTensorsFrame, RejectsEmptyHeader) { expect_rejected(length_field(0), {"header", "expected an object"}); }

TEST(SafeTensorsFrame, RejectsHeaderPastTheEnd) {
  expect_rejected(length_field(3) + "{}", {"3 bytes in a file of 10"});
  expect_rejected(length_field(1000) + "{}", {"1000 bytes in a file of 10"});
}

TEST(SafeTensorsFrame, RejectsHeaderAboveTheCapBeforeReadingIt) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "big.safetensors";
  write_bytes(path, length_field(kMaxHeaderBytes + 1));
  std::filesystem::resize_file(path, 8 + kMaxHeaderBytes + 1);  // sparse
  EXPECT_THAT(error_of([&] { SafeTensors::open(path); }), HasSubstr("at most 100000000 are allowed"));
}

TEST(SafeTensorsFrame, AcceptsHeaderAtTheCap) {
  std::string header = "{}";
  header.resize(kMaxHeaderBytes, ' ');
  expect_accepted(file_of(header));
}

TEST(SafeTensorsFrame, RejectsAbsurdLengths) {
  for (const uint64_t length : {uint64_t{1} << 32, uint64_t{1} << 63, UINT64_MAX - 7, UINT64_MAX}) {
    expect_rejected(length_field(length) + "{}", {fmt::format("a header of {} bytes", length)});
  }
}

TEST(SafeTensorsFrame, RejectsLengthThatCutsTheHeader) {
  const std::string header = "{" + entry("a", "U8", "[4]", 0, 4) + "}";
  for (size_t length = 0; length < header.size(); ++length) {
    expect_rejected(length_field(length) + header + "1234", {"header"});
  }
}

TEST(SafeTensorsFrame, RejectsLengthThatTakesInData) {
  const std::string header = "{" + entry("a", "U8", "[4]", 0, 4) + "}";
  for (size_t more = 1; more <= 4; ++more) {
    expect_rejected(length_field(header.size() + more) + header + "1234", {"end of the text"});
  }
}

TEST(SafeTensorsFrame, RejectsBigEndianLength) {
  std::string length = length_field(2);
  std::reverse(length.begin(), length.end());
  expect_rejected(length + "{}", {"a header of 144115188075855872 bytes"});
}

TEST(SafeTensorsFrame, RejectsByteOrderMark) { expect_rejected(file_of("\xEF\xBB\xBF{}"), {"byte 0"}); }

TEST(SafeTensorsFrame, HintsAtWhatAnotherKindOfFileIs) {
  using namespace std::string_literals;
  const std::string rest(600'000, '\0');
  expect_rejected("PK\x03\x04\x14\x00\x00\x00"s + rest, {"zip", "convert_pytorch_bin.py"});
  expect_rejected("\x80\x02}q\x00(X\x05"s + rest, {"pickle", "convert_pytorch_bin.py"});
  expect_rejected("\x1F\x8B\x08\x00\x00\x00\x00\x00"s + rest, {"gzip"});
  expect_rejected("GGUF\x03\x00\x00\x00"s + rest, {"GGUF"});
  expect_rejected("<!DOCTYPE html><html>", {"HTML"});
  expect_rejected("\n<!doctype HTML PUBLIC>", {"HTML"});
  expect_rejected("<HTML lang='en'>", {"HTML"});
  expect_rejected("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
                  {"Git LFS pointer", "run git lfs pull"});
  expect_rejected(R"({"a": {"dtype": "U8"}})", {"JSON"});
  expect_rejected("\x89HDF\r\n\x1a\n"s + rest, {"HDF5"});
}

// 60 bytes of header: the length begins with the byte '<'.
TEST(SafeTensorsFrame, ACutFileWhoseLengthLooksLikeATagIsNoPage) {
  const std::string message = error_of([] {
    const std::string file = length_field(60) + R"({"a": {"dtype": "U8", "sh)";
    SafeTensors::parse(std::as_bytes(std::span(file)), "model.safetensors");
  });
  EXPECT_EQ(message, "model.safetensors: not a safetensors file: a header of 60 bytes in a file of 33");
}

TEST(SafeTensorsFrame, SaysThatAFileIsEmpty) { expect_rejected("", {"the file is empty"}); }

TEST(SafeTensorsFrame, RejectsHeaderThatIsNotAnObject) {
  for (const char* header : {"[]", "null", "\"\"", "0", "true", " "}) {
    expect_rejected(file_of(header), {"expected an object"});
  }
}

TEST(SafeTensorsFrame, AcceptsEmptyObjectWithoutData) {
  const SafeTensors file = expect_accepted(file_of("{}"));
  EXPECT_TRUE(file.tensors().empty());
  EXPECT_TRUE(file.metadata().empty());
  EXPECT_EQ(file.file_size(), 10u);
}

TEST(SafeTensorsFrame, RejectsDataOfNoTensor) { expect_rejected(file_of("{}", "x"), {"cover 0 of 1 bytes"}); }

TEST(SafeTensorsFrame, AcceptsWhiteSpaceAroundTheHeader) {
  const std::string tensor = entry("a", "U8", "[1]", 0, 1);
  for (const char* space : {" ", "\t", "\r", "\n", " \t\r\n  "}) {
    EXPECT_EQ(expect_accepted(file_of(fmt::format("{}{{{}}}", space, tensor), "x")).tensors().size(), 1u);
    EXPECT_EQ(expect_accepted(file_of(fmt::format("{{{}}}{}", tensor, space), "x")).tensors().size(), 1u);
  }
}

TEST(SafeTensorsFrame, RejectsOtherPadding) {
  using namespace std::string_literals;
  expect_rejected(file_of("{}\0\0"s), {"byte 2", "end of the text"});
  expect_rejected(file_of("\0{}"s), {"byte 0"});
  expect_rejected(file_of("{}\x0B"), {"byte 2"});
}

TEST(SafeTensorsFrame, RejectsTextAfterTheHeader) {
  for (const char* header : {"{}x", "{}{}", "{} ,", "{}}", "{}//"})
    expect_rejected(file_of(header), {"end of the text"});
}

// A header of n bytes must be refused wherever the file is cut.
TEST(SafeTensorsFrame, RejectsEveryPrefixOfAValidFile) {
  const std::string valid =
      file_with({entry("encoder.weight", "F32", "[2,3]", 0, 24), entry("encoder.bias", "F16", "[3]", 24, 30),
                 R"("__metadata__":{"format":"pt"})"},
                30);
  expect_accepted(valid);
  for (size_t size = 0; size < valid.size(); ++size) EXPECT_NE(rejection(valid.substr(0, size)), "") << size;
}

// Whatever a flipped bit makes of a header, what is accepted is consistent.
TEST(SafeTensorsFrame, SurvivesEverySingleBitFlip) {
  const std::string valid = file_with(
      {entry("a", "F32", "[2,3]", 0, 24), entry("b", "F16", "[3]", 24, 30), R"("__metadata__":{"format":"pt"})"}, 30);
  const size_t header_end = valid.size() - 30;
  size_t accepted = 0;
  for (size_t bit = 0; bit < 8 * header_end; ++bit) {
    std::string flipped = valid;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    if (!rejection(flipped).empty()) continue;
    ++accepted;
    const SafeTensors file = SafeTensors::parse(as_bytes(flipped), "flipped");
    uint64_t position = flipped.size() - 30;
    for (const TensorInfo& tensor : file.tensors()) {
      EXPECT_EQ(tensor.begin, position);
      EXPECT_EQ(tensor.elements() * bits_of(tensor.dtype), 8 * tensor.bytes());
      EXPECT_EQ(file.find(tensor.name), &tensor);
      std::vector<std::byte> bytes(tensor.bytes());
      file.read_bytes(tensor, bytes);
      position = tensor.end;
    }
    EXPECT_EQ(position, flipped.size());
  }
  EXPECT_GT(accepted, 0u);  // names and metadata are free text
  EXPECT_LT(accepted, 8 * header_end / 4);
}

}  // namespace
}  // namespace fbert::testing::safetensors_frame_test
