#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fbert {

// Maps gold labels, as they are written in a data file, to the label ids of a model. In this order:
//   1. a label name of the model, exactly;
//   2. the same without regard to white space at the ends and to ASCII case, if that leaves one name;
//   3. a number: an id in [0, n), "1" or "1.0". If names of the model are themselves numbers ("1" to "5"), a number is
//      compared with the names by value and never taken as an id.
class LabelMap {
 public:
  explicit LabelMap(std::vector<std::string> labels);  // the model's, by id

  // -1 when nothing matches.
  int32_t find(std::string_view value) const;

  // Throws kData, naming the value and the model's labels, when nothing matches. The message has no file and line:
  // pass it on through Reader::fail().
  int32_t id_of(std::string_view value) const;

  std::span<const std::string> labels() const { return labels_; }

 private:
  std::vector<std::string> labels_;
  std::vector<double> numeric_names_;  // by id, NaN for a name that is no number; empty if none is
};

// The gold value of a regression task: a finite decimal number, white space around it allowed. Throws kData.
double parse_gold_value(std::string_view value);

}  // namespace fbert
