// The time for hostile text is linear: bounded for 1 MiB, and at most 2.3 times as long for twice the text.
#include <ctime>

#include <algorithm>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/sanitizers.h"
#include "tests/tokenizer/support.h"

namespace fbert::flood_test {
namespace {

#if FBERT_UNDER_ASAN || FBERT_UNDER_TSAN
constexpr double kSlowdown = 20;
constexpr int kRuns = 1;
#else
constexpr double kSlowdown = 1;
constexpr int kRuns = 3;
#endif
constexpr size_t kMebibyte = size_t{1} << 20;

struct Flood {
  const char* name;
  std::string head, unit;
};

void PrintTo(const Flood& flood, std::ostream* out) { *out << flood.name; }

std::string text_of(const Flood& flood, size_t bytes) {
  std::string text = flood.head;
  text.reserve(bytes + flood.unit.size());
  while (text.size() < bytes) text += flood.unit;
  return text;
}

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// Processor time of the best of a few runs: other programs on the machine only ever add time.
double seconds(const Tokenizer& tokenizer, const std::string& text, const EncodeOptions& options) {
  Encoding encoding;
  double best = 1e9;
  for (int run = 0; run < kRuns; ++run) {
    const double begin = cpu_seconds();
    tokenizer.encode_into(text, options, encoding);
    best = std::min(best, cpu_seconds() - begin);
  }
  return best;
}

class FloodTest : public ::testing::TestWithParam<Flood> {
 protected:
  const Tokenizer tokenizer_ = testing::from_vocab_txt(testing::small_vocabulary());
};

TEST_P(FloodTest, OneMebibyteTakesLessThanASecond) {
  const std::string text = text_of(GetParam(), kMebibyte);
  EXPECT_LT(seconds(tokenizer_, text, {}), kSlowdown);
  EncodeOptions short_limit;
  short_limit.max_length = 8;
  EXPECT_LT(seconds(tokenizer_, text, short_limit), kSlowdown);
  EXPECT_LE(tokenizer_.encode(text, short_limit).ids.size(), 8U);
}

TEST_P(FloodTest, TwiceTheTextTakesTwiceTheTime) {
#if FBERT_UNDER_ASAN || FBERT_UNDER_TSAN
  GTEST_SKIP() << "it measures time; that long texts break nothing is the other test's matter";
#endif
  const std::string once = text_of(GetParam(), kMebibyte);
  const std::string twice = text_of(GetParam(), 2 * kMebibyte);
  // A noisy machine can spoil one comparison, not three.
  double ratio = 1e9;
  for (int attempt = 0; attempt < 3 && ratio > 2.3; ++attempt) {
    ratio = std::min(ratio, seconds(tokenizer_, twice, {}) / seconds(tokenizer_, once, {}));
  }
  EXPECT_LE(ratio, 2.3);
}

INSTANTIATE_TEST_SUITE_P(
    Text, FloodTest,
    ::testing::Values(Flood{"one_word", "", "a"}, Flood{"words_of_100", "", std::string(99, 'q') + "Q "},
                      Flood{"spaces", "", " "}, Flood{"brackets", "", "["}, Flood{"special_tokens", "", "[CLS]"},
                      Flood{"cut_special_tokens", "", "[CLS"}, Flood{"punctuation", "", "!?.,"},
                      Flood{"unknown_ideographs", "", "\u9f98\u9f97"}, Flood{"stripped_marks", "a", "\u0301\u0316"},
                      Flood{"kept_marks", "a", "\u0301\u302e\u0334\u3099"},
                      Flood{"alternating_classes", "", "a\u0345\u0301\u0316\u302e\u0334"},
                      Flood{"hangul", "", "\ud55c"}, Flood{"invalid_bytes", "", "\xFF"},
                      Flood{"zero_width", "", "\u200b"}),
    [](const auto& param_info) { return param_info.param.name; });

}  // namespace
}  // namespace fbert::flood_test
