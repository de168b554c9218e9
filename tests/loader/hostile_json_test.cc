// What a hostile JSON file may cost: its size and 64 MiB.
#include <fmt/format.h>

#include "loader/json.h"
#include "loader/weight_files.h"
#include "tests/support/heap_meter.h"
#include "tests/loader/safetensors_bytes.h"

namespace fbert::testing::hostile_json_test {
namespace {

constexpr size_t kAllowedBytes = size_t{64} << 20;
constexpr size_t kFileBytes = size_t{16} << 20;

// `start`, then `unit` with a number in place of # again and again.
std::string flood(std::string_view start, std::string_view unit) {
  const size_t mark = unit.find('#');
  std::string text(start);
  text.reserve(kFileBytes + 256);
  for (size_t i = 0; text.size() < kFileBytes; ++i) {
    text += unit.substr(0, mark);
    if (mark == std::string_view::npos) continue;
    fmt::format_to(std::back_inserter(text), "{:x}", i);
    text += unit.substr(mark + 1);
  }
  return text;
}

void expect_cheap_rejection(std::string_view start, std::string_view unit) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "config.json";
  const size_t size = [&] {
    const std::string text = flood(start, unit);
    write_bytes(path, text);
    return text.size();
  }();
  EXPECT_LE(peak_heap_bytes([&] { EXPECT_NE(error_of([&] { load_json(path); }), ""); }), size + kAllowedBytes);
}

TEST(HostileJson, Numbers) { expect_cheap_rejection("[0", ",0"); }
TEST(HostileJson, Strings) { expect_cheap_rejection("[0", ",\"\""); }
TEST(HostileJson, EmptyArrays) { expect_cheap_rejection("[0", ",[]"); }
TEST(HostileJson, ArraysOfOne) { expect_cheap_rejection("[0", ",[0]"); }
TEST(HostileJson, EmptyObjects) { expect_cheap_rejection("[0", ",{}"); }
TEST(HostileJson, ObjectsOfOne) { expect_cheap_rejection("[0", ",{\"\":0}"); }
TEST(HostileJson, Keys) { expect_cheap_rejection("{\"\":0", ",\"#\":0"); }
TEST(HostileJson, LongKeys) { expect_cheap_rejection("{\"\":0", ",\"0123456789abcdef#\":0"); }
TEST(HostileJson, KeysOfObjects) { expect_cheap_rejection("{\"\":0", ",\"#\":{}"); }

// Accepted by the parser and refused for a shard that is missing, with all its entries in memory.
TEST(HostileJson, IndexOfShards) {
  const TemporaryFolder folder;
  std::string text = "{\"weight_map\":{\"\":\"a.safetensors\"";
  for (int i = 0; i < 199'000; ++i) text += fmt::format(",\"{:032}\":\"a.safetensors\"", i);
  write_bytes(folder.path() / "model.safetensors.index.json", text + "}}");
  const auto open = [&] { EXPECT_NE(error_of([&] { WeightFiles::open(folder.path()); }), ""); };
  EXPECT_LE(peak_heap_bytes(open), text.size() + kAllowedBytes);
}

}  // namespace
}  // namespace fbert::testing::hostile_json_test
