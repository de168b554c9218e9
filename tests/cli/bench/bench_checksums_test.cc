#include "cli/bench/checksums.h"

#include <gtest/gtest.h>

#include "tests/support/paths.h"
#include "tests/support/tiny_model.h"

namespace fbert::testing::bench_checksums_test {
namespace {

TEST(WeightChecksums, ReadEachFolderOnce) {
  const TemporaryFolder first;
  const TemporaryFolder second;
  TinyModel tiny;
  tiny.write(first.path());
  tiny.write(second.path());
  WeightChecksums checksums;
  const std::string sum = checksums.of(first.path());
  EXPECT_EQ(sum.size(), 64u);
  std::filesystem::remove(first.path() / "model.safetensors");
  EXPECT_EQ(checksums.of(first.path()), sum);  // known: not read again
  EXPECT_EQ(checksums.of(second.path()), sum);
}

}  // namespace
}  // namespace fbert::testing::bench_checksums_test
