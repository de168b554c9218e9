// What a hostile header may cost: 64 MiB beside its file, and two seconds.
#include <chrono>

#include "tests/support/heap_meter.h"
#include "tests/loader/safetensors_bytes.h"
#include "tests/support/sanitizers.h"

namespace fbert::testing::hostile_header_test {
namespace {

constexpr size_t kAllowedBytes = size_t{64} << 20;
#if FBERT_UNDER_ASAN || FBERT_UNDER_TSAN
constexpr double kAllowedSeconds = 20;
#else
constexpr double kAllowedSeconds = 2;
#endif

// A file whose header is `start`, then `unit` again and again up to `bytes`.
std::string flood(std::string_view start, std::string_view unit, size_t bytes = kMaxHeaderBytes) {
  std::string text = length_field(bytes);
  text.reserve(bytes + 8192);
  text += start;
  std::string units;
  while (units.size() < 4096) units += unit;
  while (text.size() < bytes + 8) text += units;
  text.resize(bytes + 8);
  return text;
}

// As flood, with a number in place of each %.
std::string numbered_flood(std::string_view start, std::string_view before, std::string_view after) {
  std::string text = length_field(kMaxHeaderBytes);
  text.reserve(kMaxHeaderBytes + 256);
  text += start;
  for (size_t i = 0; text.size() < kMaxHeaderBytes + 8; ++i) {
    text += before;
    text += std::to_string(i);
    text += after;
  }
  text.resize(kMaxHeaderBytes + 8);
  return text;
}

void expect_cheap_rejection(const std::string& file) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_LE(peak_heap_bytes([&] { EXPECT_NE(rejection(file), ""); }), kAllowedBytes);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  EXPECT_LT(elapsed.count(), kAllowedSeconds);
}

TEST(HostileHeader, WhiteSpace) { expect_cheap_rejection(flood("", " ")); }
TEST(HostileHeader, WhiteSpaceInside) { expect_cheap_rejection(flood("{", "\n")); }
TEST(HostileHeader, Brackets) { expect_cheap_rejection(flood("", "[")); }
TEST(HostileHeader, Objects) { expect_cheap_rejection(flood("", "{\"\":")); }
TEST(HostileHeader, OneName) { expect_cheap_rejection(flood("{\"", "n")); }
TEST(HostileHeader, OneNameOfEscapes) { expect_cheap_rejection(flood("{\"", "\\n")); }
TEST(HostileHeader, OneNameOfCodePoints) { expect_cheap_rejection(flood("{\"", "\xF0\x9F\x98\x80")); }
TEST(HostileHeader, OneNumber) { expect_cheap_rejection(flood(R"({"a":{"shape":[)", "1")); }
TEST(HostileHeader, OneFraction) { expect_cheap_rejection(flood(R"({"a":{"shape":[0.)", "1")); }
TEST(HostileHeader, OneShape) { expect_cheap_rejection(flood(R"({"a":{"shape":[1)", ",1")); }
TEST(HostileHeader, OneMetadataValue) { expect_cheap_rejection(flood(R"({"__metadata__":{"a":")", "v")); }

TEST(HostileHeader, ManyMetadataEntries) {
  expect_cheap_rejection(numbered_flood(R"({"__metadata__":{"":"")", ",\"", "\":\"\""));
}

TEST(HostileHeader, ManyTinyTensors) {
  expect_cheap_rejection(numbered_flood(R"({"":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})", ",\"",
                                        R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})"));
}

TEST(HostileHeader, ManyTensorsWithLongNames) {
  const std::string name(60, 'n');
  expect_cheap_rejection(numbered_flood(R"({"":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})", ",\"" + name,
                                        R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})"));
}

TEST(HostileHeader, ManyTensorsWithShapes) {
  expect_cheap_rejection(numbered_flood(R"({"":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})", ",\"",
                                        R"(":{"dtype":"U8","shape":[0,1,1,1,1,1,1,1],"data_offsets":[0,0]})"));
}

// From disk the header itself is read: the size of the file, and no more than that.
TEST(HostileHeader, FileTakesItsSizeAndTheAllowance) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "model.safetensors";
  write_bytes(path, flood("{\"a\":{\"dtype\":\"", "\\u0041"));
  const auto open = [&] { EXPECT_NE(error_of([&] { SafeTensors::open(path); }), ""); };
  EXPECT_LE(peak_heap_bytes(open), kMaxHeaderBytes + kAllowedBytes);
}

// The reader's limits together, accepted, keep within the allowance too.
TEST(HostileHeader, LargestAcceptedHeaderKeepsWithinTheAllowance) {
  std::string header = "{";
  for (size_t i = 0; i < kMaxTensors; ++i) {
    header += (i == 0 ? "" : ",") + entry(fmt::format("{:060}", i), "U8", "[0,1,1,1,1,1,1,1]", 0, 0);
  }
  const std::string file = file_of(header + "}");
  EXPECT_LE(peak_heap_bytes([&] { expect_accepted(file); }), 2 * kAllowedBytes);  // two parsed at once
}

}  // namespace
}  // namespace fbert::testing::hostile_header_test
