// What a hostile header may cost: 64 MiB beside its file, and two seconds.
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <new>

#include <malloc.h>

#include "tests/loader/safetensors_bytes.h"

namespace {

// Bytes on the heap, counted where C++ takes and returns them.
std::atomic<size_t> live_bytes = 0;
std::atomic<size_t> peak_bytes = 0;

void* take(size_t size) {
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  const size_t live = live_bytes += malloc_usable_size(memory);
  if (live > peak_bytes) peak_bytes = live;
  return memory;
}

void give_back(void* memory) noexcept {
  if (memory == nullptr) return;
  live_bytes -= malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

void* operator new(size_t size) { return take(size); }
void* operator new[](size_t size) { return take(size); }
void operator delete(void* memory) noexcept { give_back(memory); }
void operator delete[](void* memory) noexcept { give_back(memory); }
void operator delete(void* memory, size_t) noexcept { give_back(memory); }
void operator delete[](void* memory, size_t) noexcept { give_back(memory); }

namespace fbert::testing {
namespace {

constexpr size_t kAllowedBytes = size_t{64} << 20;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
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
  peak_bytes = live_bytes.load();
  const size_t before = live_bytes;
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_NE(rejection(file), "");
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  EXPECT_LE(peak_bytes - before, kAllowedBytes);
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
  peak_bytes = live_bytes.load();
  const size_t before = live_bytes;
  EXPECT_NE(error_of([&] { SafeTensors::open(path); }), "");
  EXPECT_LE(peak_bytes - before, kMaxHeaderBytes + kAllowedBytes);
}

// The reader's limits together, accepted, keep within the allowance too.
TEST(HostileHeader, LargestAcceptedHeaderKeepsWithinTheAllowance) {
  std::string header = "{";
  for (size_t i = 0; i < kMaxTensors; ++i) {
    header += (i == 0 ? "" : ",") + entry(fmt::format("{:060}", i), "U8", "[0,1,1,1,1,1,1,1]", 0, 0);
  }
  const std::string file = file_of(header + "}");
  peak_bytes = live_bytes.load();
  const size_t before = live_bytes;
  expect_accepted(file);
  EXPECT_LE(peak_bytes - before, 2 * kAllowedBytes);  // two parsed at once
}

}  // namespace
}  // namespace fbert::testing
