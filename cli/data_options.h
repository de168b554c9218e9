#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cli/options.h"
#include "cli/row_messages.h"
#include "data/labels.h"
#include "data/reader.h"

namespace fbert {

struct EvalTask;

// The options of commands that take a file of labelled rows: --csv, --tsv, --jsonl, --json, the column options, --task,
// --label-map, --normalize-labels, --bad-rows, --max-samples.
struct DataOptions {
  ColumnFlags columns{};
  std::string csv{};
  std::string tsv{};
  std::string jsonl{};
  std::string json{};
  std::string json_key{};
  std::string task_name{};
  std::string label_map{};
  bool normalize_labels = false;
  std::string bad_rows = "error";
  int64_t max_samples = 0;  // 0: all

  // All throw kUsage for options that do not fit each other, open() also what Reader::open() throws.
  const EvalTask* task() const;  // nullptr: none
  LabelOptions label_options() const;
  BadRows bad_row_action() const;
  Reader open(bool with_labels = true) const;
};

// "a=b,c=d" of --label-map: gold labels and what the model calls them. Throws kUsage.
std::vector<std::pair<std::string, std::string>> parse_label_map(const std::string& option);

void add_data_options(ArgumentParser& arguments, DataOptions& options);

}  // namespace fbert
