#pragma once

#include <filesystem>

namespace fbert::bench {

// The sizes of a BERT or DistilBERT classifier of two labels.
struct ModelSizes {
  const char* name;
  bool distilbert;
  int layers, hidden, heads, intermediate;
};

// A folder with a model of these sizes and random weights, under $TMPDIR or /tmp; removed with the object. The
// vocabulary is small: a forward pass reads as much of a large one.
class RandomModel {
 public:
  explicit RandomModel(const ModelSizes& sizes);
  ~RandomModel();
  RandomModel(const RandomModel&) = delete;
  RandomModel& operator=(const RandomModel&) = delete;

  static constexpr int kVocabulary = 1000;
  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
};

}  // namespace fbert::bench
