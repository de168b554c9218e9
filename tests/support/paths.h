#pragma once

#include <filesystem>
#include <optional>

namespace fbert::testing {

// The source tree.
std::filesystem::path source_dir();

// The folder of shared test data (models, data sets, golden logits) beside the checkout or named by FBERT_SHARED_DATA;
// absent on most machines: tests that need it skip.
std::optional<std::filesystem::path> shared_data();

// A fresh folder that is removed with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace fbert::testing

// Skips the test with a reason unless the shared data folder is there; otherwise defines `data`.
#define FBERT_REQUIRE_SHARED_DATA(data)                                                      \
  const auto data##_or_none = ::fbert::testing::shared_data();                               \
  if (!data##_or_none) GTEST_SKIP() << "the shared data folder is not beside this checkout"; \
  const std::filesystem::path& data = *data##_or_none
