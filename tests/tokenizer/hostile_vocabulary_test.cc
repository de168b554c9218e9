// What a hostile vocabulary may cost: twice the size of its file and 160 MiB.
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "fbert/error.h"
#include "tests/support/heap_meter.h"
#include "tests/support/paths.h"
#include "tests/tokenizer/support.h"

namespace fbert::testing::hostile_vocabulary_test {
namespace {

constexpr size_t kFileBytes = size_t{48} << 20;

void expect_cheap_rejection(const std::string& text, const char* name = "tokenizer.json") {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / name) << text;
  const auto load = [&] { EXPECT_THROW(Tokenizer::load(folder.path()), Error); };
  EXPECT_LE(peak_heap_bytes(load), 2 * text.size() + (size_t{160} << 20));
}

std::string numbered(std::string text, const char* pattern) {
  for (size_t i = 0; text.size() < kFileBytes; ++i)
    fmt::format_to(std::back_inserter(text), fmt::runtime(pattern), i, i);
  return text;
}

TEST(HostileVocabulary, OneLargeId) {
  std::string text = R"({"model":{"vocab":{"a":)";
  expect_cheap_rejection(text + "33000000}}}" + std::string(kFileBytes, ' '));
  expect_cheap_rejection(text + "2499999}}}" + std::string(kFileBytes, ' '));
}

TEST(HostileVocabulary, ManyTokens) {
  expect_cheap_rejection(numbered(R"({"model":{"vocab":{"":2400000)", ",\"{:x}\":{}"));
}

TEST(HostileVocabulary, ManyAddedTokens) {
  expect_cheap_rejection(numbered(R"({"model":{"vocab":{"a":2499999}},"added_tokens":[0)", ",{{\"{:x}\":{}}}"));
}

TEST(HostileVocabulary, ManyLines) {
  expect_cheap_rejection(numbered("", "{:x}\n"), "vocab.txt");
  expect_cheap_rejection(std::string(kFileBytes, '\n'), "vocab.txt");
}

}  // namespace
}  // namespace fbert::testing::hostile_vocabulary_test
