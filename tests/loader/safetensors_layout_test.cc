// The offsets of a file: the tensors cover the data without a hole, an overlap or a rest.
#include <cmath>

#include "tests/loader/safetensors_bytes.h"

namespace fbert::testing::safetensors_layout_test {
namespace {

TEST(SafeTensorsLayout, RejectsFirstTensorThatDoesNotBeginAtZero) {
  expect_rejected(file_with({entry("a", "U8", "[4]", 4, 8)}, 8),
                  {"tensor 'a'", "[4, 8]", "the first tensor begins at 0"});
}

TEST(SafeTensorsLayout, RejectsHole) {
  expect_rejected(file_with({entry("a", "U8", "[4]", 0, 4), entry("b", "U8", "[4]", 5, 9)}, 9),
                  {"tensor 'b'", "leave a hole", "tensor 'a' before it ends at 4"});
}

TEST(SafeTensorsLayout, RejectsOverlap) {
  expect_rejected(file_with({entry("a", "U8", "[4]", 0, 4), entry("b", "U8", "[4]", 3, 7)}, 7),
                  {"tensor 'b'", "overlap", "tensor 'a' before it ends at 4"});
}

TEST(SafeTensorsLayout, RejectsTwoNamesOfTheSameBytes) {
  expect_rejected(file_with({entry("a", "U8", "[4]", 0, 4), entry("b", "U8", "[4]", 0, 4)}, 4),
                  {"tensor 'b'", "overlap", "tensor 'a'"});
}

TEST(SafeTensorsLayout, RejectsReversedRange) {
  expect_rejected(file_with({entry("a", "U8", "[4]", 0, 4), entry("b", "U8", "[0]", 4, 2)}, 4),
                  {"tensor 'b'", "[4, 2]", "reversed"});
}

TEST(SafeTensorsLayout, RejectsRangePastTheEnd) {
  expect_rejected(file_with({entry("a", "U8", "[5]", 0, 5)}, 4), {"tensor 'a'", "pass the end", "4 bytes"});
  expect_rejected(file_with({entry("a", "U8", "[4]", 0, 18446744073709551615u)}, 4), {"tensor 'a'", "pass the end"});
  expect_rejected(file_with({entry("a", "U8", "[0]", 18446744073709551615u, 18446744073709551615u)}, 4),
                  {"tensor 'a'"});
}

TEST(SafeTensorsLayout, RejectsTrailingBytes) {
  expect_rejected(file_with({entry("a", "U8", "[4]", 0, 4)}, 5), {"cover 4 of 5 bytes"});
  expect_rejected(file_with({entry("a", "U8", "[4]", 0, 4)}, 4) + "PK\x05\x06" + std::string(18, '\0'),
                  {"cover 4 of 26 bytes"});
}

TEST(SafeTensorsLayout, RejectsMissingBytes) {
  const std::string file = file_with({entry("a", "F32", "[2]", 0, 8), entry("b", "F32", "[2]", 8, 16)}, 16);
  for (const size_t missing : {1u, 2u, 8u}) {
    expect_rejected(file.substr(0, file.size() - missing), {"tensor 'b'", "pass the end"});
  }
}

TEST(SafeTensorsLayout, RejectsSizeOtherThanThatOfShapeAndType) {
  expect_rejected(file_with({entry("a", "F32", "[2]", 0, 4)}, 4), {"tensor 'a'", "[2] of F32 takes 8 bytes", "hold 4"});
  expect_rejected(file_with({entry("a", "F32", "[2]", 0, 9)}, 9), {"tensor 'a'", "takes 8 bytes", "hold 9"});
  expect_rejected(file_with({entry("a", "F16", "[]", 0, 4)}, 4), {"tensor 'a'", "[] of F16 takes 2 bytes"});
}

TEST(SafeTensorsLayout, RejectsProductsThatOverflow) {
  for (const char* shape : {"[2,18446744073709551614]", "[2,9223372036854775807]", "[4294967296,4294967296]",
                            "[18446744073709551615]", "[2305843009213693952]"}) {
    expect_rejected(file_with({entry("a", "F32", shape, 0, 4)}, 4), {"tensor 'a'", "overflows"});
  }
}

// The product is taken from the left, as the reference takes it: a zero in front hides what follows.
TEST(SafeTensorsLayout, TakesProductsFromTheLeft) {
  const SafeTensors file = expect_accepted(file_with({entry("a", "F32", "[0,9223372036854775808]", 0, 0)}, 0));
  EXPECT_EQ(file.tensors()[0].elements(), 0u);
  expect_rejected(file_with({entry("a", "F32", "[9223372036854775808,2,0]", 0, 0)}, 0), {"tensor 'a'", "overflows"});
}

TEST(SafeTensorsLayout, AcceptsEmptyTensorsAnywhere) {
  const SafeTensors file = expect_accepted(file_with(
      {entry("first", "F32", "[0]", 0, 0), entry("a", "F32", "[1]", 0, 4), entry("middle", "F32", "[3,0]", 4, 4),
       entry("b", "F32", "[1]", 4, 8), entry("last", "F32", "[0,7]", 8, 8)},
      8));
  EXPECT_EQ(file.tensors().size(), 5u);
  EXPECT_EQ(file.get("middle", {3, 0}).bytes(), 0u);
  file.read_f32(file.get("last", {0, 7}), {});
}

TEST(SafeTensorsLayout, AcceptsAnyRank) {
  EXPECT_EQ(expect_accepted(file_with({entry("a", "F32", "[]", 0, 4)}, 4)).tensors()[0].elements(), 1u);
  expect_accepted(file_with({entry("a", "F32", "[1,1,1,1,1,1,1,1]", 0, 4)}, 4));
  std::string ones = "[1";
  for (int i = 1; i < 1000; ++i) ones += ",1";
  EXPECT_EQ(expect_accepted(file_with({entry("a", "F32", ones + "]", 0, 4)}, 4)).tensors()[0].shape.size(), 1000u);
}

TEST(SafeTensorsLayout, RejectsPartsOfAByte) {
  expect_rejected(file_with({entry("a", "F4", "[3]", 0, 2)}, 2), {"tensor 'a'", "not a whole number of bytes"});
  expect_rejected(file_with({entry("a", "F6_E2M3", "[2]", 0, 2)}, 2), {"tensor 'a'", "not a whole number of bytes"});
  expect_accepted(file_with({entry("a", "F4", "[3,2]", 0, 3)}, 3));
}

TEST(SafeTensorsLayout, ReadsUnalignedData) {
  const float values[] = {1.5f, -2.25f};
  const std::string data(reinterpret_cast<const char*>(values), sizeof(values));
  const std::string tensor = "{" + entry("a", "F32", "[2]", 0, 8) + "}";
  for (size_t spaces = 0; spaces < 8; ++spaces) {
    const std::string bytes = file_of(tensor + std::string(spaces, ' '), data);
    const SafeTensors file = expect_accepted(bytes);
    std::vector<float> read(2);
    file.read_f32(file.get("a", {2}), read);
    EXPECT_THAT(read, ::testing::ElementsAre(1.5f, -2.25f));
  }
}

TEST(SafeTensorsLayout, KeepsValuesThatAreNoNumbers) {
  const uint32_t bits[] = {0x7FC00001, 0xFF800000, 0x00000001};
  const std::string bytes = file_of("{" + entry("a", "F32", "[3]", 0, 12) + "}",
                                    std::string(reinterpret_cast<const char*>(bits), sizeof(bits)));
  const SafeTensors file = expect_accepted(bytes);
  std::vector<float> read(3);
  file.read_f32(file.tensors()[0], read);
  EXPECT_EQ(std::memcmp(read.data(), bits, sizeof(bits)), 0);
}

TEST(SafeTensorsLayout, SortsTensorsByOffset) {
  const SafeTensors file = expect_accepted(
      file_with({entry("c", "U8", "[1]", 2, 3), entry("a", "U8", "[1]", 1, 2), entry("b", "U8", "[1]", 0, 1)}, 3));
  EXPECT_EQ(file.tensors()[0].name, "b");
  EXPECT_EQ(file.tensors()[2].name, "c");
  for (const char* name : {"a", "b", "c"}) EXPECT_EQ(file.find(name)->name, name);
  EXPECT_EQ(file.find("d"), nullptr);
  EXPECT_EQ(file.find(""), nullptr);
}

}  // namespace
}  // namespace fbert::testing::safetensors_layout_test
