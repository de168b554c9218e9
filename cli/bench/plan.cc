#include "cli/bench/plan.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "data/input.h"
#include "data/text_util.h"
#include "fbert/threads.h"

namespace fbert {
namespace {

constexpr int32_t kMostTokens = 1 << 20;
constexpr int32_t kMostBatch = 1 << 16;
constexpr int32_t kMostThreads = 1024;

// A whole number in [1, most].
std::optional<int32_t> parse_count(std::string_view text, double most) {
  const std::optional<double> number = parse_number(text);
  if (!number || *number < 1 || *number > most || *number != std::floor(*number)) return {};
  return static_cast<int32_t>(*number);
}

}  // namespace

std::vector<int32_t> parse_counts(const std::string& list, const std::string& option, int32_t most) {
  std::vector<int32_t> counts;
  for (const std::string& part : split_list(list, option)) {
    const std::optional<int32_t> count = parse_count(part, most);
    if (!count) {
      throw Error(ErrorCode::kUsage, fmt::format("{}: {} is not a number from 1 to {}", option, escaped(part), most));
    }
    if (std::find(counts.begin(), counts.end(), *count) != counts.end()) {
      throw Error(ErrorCode::kUsage, fmt::format("{}: {} is given twice", option, *count));
    }
    counts.push_back(*count);
  }
  return counts;
}

std::vector<BenchSetting> parse_settings(const BenchLists& lists, bool mixed, std::string& threads_reason) {
  std::vector<int32_t> threads = parse_counts(lists.threads, "--threads", kMostThreads);
  threads_reason = "--threads";
  if (threads.empty()) {
    const ThreadDecision decision = decide_threads();
    threads = {decision.threads};
    threads_reason = decision.reason;
  }
  std::vector<int32_t> batches = parse_counts(lists.batch, "--batch", kMostBatch);
  if (batches.empty()) batches = {1};
  std::vector<int32_t> lengths = parse_counts(lists.seq_len, "--seq-len", kMostTokens);
  if (mixed) lengths = {0};
  if (lengths.empty()) lengths = {32};
  std::vector<BenchSetting> settings;
  for (const int32_t count : threads) {
    for (const int32_t batch : batches) {
      for (const int32_t length : lengths) settings.push_back({.seq_len = length, .batch = batch, .threads = count});
    }
  }
  return settings;
}

std::vector<LengthShare> read_lengths(const std::string& path) {
  LineReader lines(Input::open(path));
  std::vector<LengthShare> lengths;
  std::string_view line;
  while (lines.next(line)) {
    const std::string_view text = trimmed(line);
    if (text.empty()) continue;
    const size_t end = std::min(text.find_first_of(", \t"), text.size());
    const std::string_view rest = trimmed(text.substr(std::min(end + 1, text.size())));
    const std::optional<int32_t> length = parse_count(text.substr(0, end), kMostTokens);
    const std::optional<double> count = end == text.size() ? 1.0 : parse_number(rest);
    if (!length || !count || !(*count > 0)) {
      fail_at_line(lines.name(), lines.line(),
                   fmt::format("expected a length in tokens and, if it comes more than once, how often; found {}",
                               escaped(text)));
    }
    lengths.push_back({*length, *count});
  }
  if (lengths.empty()) throw Error(ErrorCode::kData, lines.name() + ": holds no lengths");
  return lengths;
}

std::vector<TextInput> read_texts(Reader& reader, bool& more, size_t most) {
  std::vector<TextInput> texts;
  Example example;
  while ((more = reader.next(example)) && texts.size() < most) texts.push_back(example.input);
  if (texts.empty()) throw Error(ErrorCode::kData, reader.name() + ": holds no texts");
  return texts;
}

}  // namespace fbert
