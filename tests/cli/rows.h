#pragma once

#include <string>
#include <utility>
#include <vector>

#include "data/reader.h"
#include "fbert/error.h"

namespace fbert::testing {

// What one fill of the read buffer may hold, from one byte on: no result depends on it.
inline constexpr size_t kChunkSizes[] = {1, 2, 3, 5, 7, 16, 63, 64, 65, 1000, 4096, 65536};

template <typename RecordReader>
std::vector<std::vector<std::string>> read_records(RecordReader reader) {
  std::vector<std::vector<std::string>> records;
  for (Record record; reader.next(record);) records.push_back(record.fields);
  return records;
}

inline std::vector<Example> read_examples(Reader reader) {
  std::vector<Example> examples;
  for (Example example; reader.next(example);) examples.push_back(example);
  return examples;
}

inline std::vector<Example> read_examples(const std::string& bytes, Format format, const ReaderOptions& options = {}) {
  return read_examples(Reader::from_input(Input::from_string(bytes, "data", options.chunk_bytes), format, options));
}

// The message of the error that `run` throws, with its code in front: "1: data: line 2: ...". "" if it throws none.
template <typename Run>
std::string error_of(Run run) {
  try {
    run();
  } catch (const Error& error) {
    return std::to_string(static_cast<int>(error.code())) + ": " + error.what();
  }
  return "";
}

}  // namespace fbert::testing
