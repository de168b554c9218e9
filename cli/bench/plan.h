#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/bench/run.h"
#include "data/reader.h"

namespace fbert {

// Lists as given on the command line, "" where they are not.
struct BenchLists {
  std::string seq_len;
  std::string batch;
  std::string threads;
};

// Numbers apart by commas, each once. Throws kUsage with the name of the option.
std::vector<int32_t> parse_counts(const std::string& list, const std::string& option, int32_t most);

// Every combination, threads varying slowest. `mixed`: the lengths come from a file. Puts why there are so many threads
// into `threads_reason`. Throws kUsage.
std::vector<BenchSetting> parse_settings(const BenchLists& lists, bool mixed, std::string& threads_reason);

// A file with a length in tokens on each line and, behind white space or a comma, how often it comes (1 without).
// Throws kData with the line for anything else, and for a file without lengths.
std::vector<LengthShare> read_lengths(const std::string& path);

// The first `most` texts of a file; whether there are more is put into `more`. Throws kData for a file without texts.
inline constexpr size_t kMostTexts = 10'000;
std::vector<TextInput> read_texts(Reader& reader, bool& more, size_t most = kMostTexts);

}  // namespace fbert
