// How much a header may hold: a hundred thousand tensors, as many entries, a million dimensions, and no more.
#include <string>

#include <fmt/format.h>

#include "loader/safetensors_header.h"
#include "tests/loader/safetensors_bytes.h"

namespace fbert::testing::safetensors_limits_test {
namespace {

TEST(SafeTensorsLimits, AcceptsItsLimitsAndRejectsOneMore) {
  const auto tensors = [](size_t count) {
    std::string header = "{";
    for (size_t i = 0; i < count; ++i) header += (i == 0 ? "" : ",") + entry(std::to_string(i), "U8", "[0]", 0, 0);
    return file_of(header + "}");
  };
  expect_accepted(tensors(kMaxTensors));
  expect_rejected(tensors(kMaxTensors + 1), {"more than 131072 tensors"});

  const auto dimensions = [](size_t count) {
    std::string shape = "[1";
    for (size_t i = 1; i < count; ++i) shape += ",1";
    return file_with({entry("a", "U8", shape + "]", 0, 1)}, 1);
  };
  expect_accepted(dimensions(kMaxDimensions));
  expect_rejected(dimensions(kMaxDimensions + 1), {"tensor 'a'", "more than 1048576 dimensions"});

  const auto named = [](size_t bytes) { return file_with({entry(std::string(bytes, 'x'), "U8", "[1]", 0, 1)}, 1); };
  expect_accepted(named(kMaxTextBytes));
  expect_rejected(named(kMaxTextBytes + 1), {"string too long"});

  const auto metadata = [](size_t count) {
    std::string header = R"({"__metadata__":{"x":"")";
    for (size_t i = 1; i < count; ++i) header += fmt::format(R"(,"{}":"")", i);
    return file_of(header + "}}");
  };
  expect_accepted(metadata(kMaxMetadataEntries));
  expect_rejected(metadata(kMaxMetadataEntries + 1), {"more than 65536 entries"});
}

TEST(SafeTensorsLimits, RejectsManyEntriesOnTheSameBytes) {
  std::string header = "{";
  for (size_t i = 0; i < 100'000; ++i) header += (i == 0 ? "" : ",") + entry(std::to_string(i), "F32", "[1]", 0, 4);
  expect_rejected(file_of(header + "}", "1234"), {"overlap", "tensor '0' before it"});
}

}  // namespace
}  // namespace fbert::testing::safetensors_limits_test
