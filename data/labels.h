#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fbert {

struct LabelOptions {
  // What the data set calls its labels, by the number that it writes for them. A gold label that is one of these names
  // or numbers is aligned with the model's label of the same name, whatever its id. Where the model does not know all
  // the names (LABEL_0, ...) it must have as many labels, and numbers are ids.
  std::vector<std::string> numbering{};
  // Other names that the data set has for those of `numbering`.
  std::vector<std::pair<std::string, std::string>> other_names{};
  // Takes "0_not_relevant" for "not_relevant", in the data and in the model.
  bool strip_numeric_prefix = false;
  // From gold labels as they are written to names or ids of the model's labels.
  std::vector<std::pair<std::string, std::string>> renames{};
};

// Maps gold labels, as they are written in a data file, to the label ids of a model. In this order:
//   1. a label name of the model, exactly;
//   2. the same without regard to white space at the ends and to ASCII case, if that leaves one name;
//   3. a number: an id in [0, n), "1" or "1.0". If names of the model are themselves numbers ("1" to "5"), a number is
//      compared with the names by value and never taken as an id.
// LabelOptions come before all of them.
class LabelMap {
 public:
  // `labels` are the model's, by id. Throws kUsage for options that do not fit them.
  explicit LabelMap(std::vector<std::string> labels, const LabelOptions& options = {});

  // -1 when nothing matches.
  int32_t find(std::string_view value) const;

  // Throws kData, naming the value and the model's labels, when nothing matches. The message has no file and line:
  // pass it on through Reader::fail().
  int32_t id_of(std::string_view value) const;

  std::span<const std::string> labels() const { return labels_; }

 private:
  void set_numbering(const std::vector<std::string>& names);
  int32_t find_label(std::string_view value) const;  // rules 1 to 3
  std::string_view stripped(std::string_view name) const;

  std::vector<std::string> labels_;
  std::vector<std::string> names_;  // the same, stripped of what options say
  bool strip_numeric_prefix_;
  std::vector<std::pair<std::string, int32_t>> numbering_;  // by number: name, id of the model's label
  std::vector<std::pair<std::string, std::string>> other_names_;
  std::vector<std::pair<std::string, int32_t>> renames_;
  std::vector<double> numeric_names_;  // by id, NaN for a name that is no number; empty if none is
};

// The gold value of a regression task: a finite decimal number, white space around it allowed. Throws kData.
double parse_gold_value(std::string_view value);

}  // namespace fbert
