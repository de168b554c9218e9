#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/compare/layers.h"
#include "metrics/metrics.h"
#include "metrics/statistics.h"

// What `fbert compare` found out, as plain data; report.h has the forms that it is printed in.
namespace fbert {

// What the gold labels say of one side.
struct Quality {
  double accuracy = 0;
  double eval_loss = 0;                // mean cross entropy
  double calibration_error = 0;        // expected_calibration_error()
  double brier = 0;                    // mean brier_score()
  std::vector<LabelMetrics> labels{};  // by id
  std::vector<uint8_t> correct{};      // by row
};

// One of the two models.
struct ComparedSide {
  std::string name;  // see Variant
  std::string folder;
  size_t model_size = 0;             // bytes of the weights in memory
  size_t file_bytes = 0;             // of the weight files it was loaded from
  double seconds = 0;                // in Classifier::classify(), over all rows
  std::vector<int64_t> predicted{};  // rows by label id
  std::vector<double> confidence{};  // by row: the score of the predicted label
  std::optional<Quality> quality{};  // of labelled data
};

enum class FlipKind { kBroken, kFixed, kOther };  // right to wrong, wrong to right, neither (or nobody knows)
const char* to_string(FlipKind kind);

// A row that the report shows.
struct ListedRow {
  int64_t row = 0;    // from 1, as rows were compared
  uint64_t line = 0;  // see Example
  std::string text{};
  std::string pair{};
  bool has_pair = false;
  double distance = 0;  // see CompareReport::distances
};

// One that gets another label from the second model than from the first.
struct FlippedRow {
  ListedRow at{};
  std::string gold{};  // the model's name of it; "" without labels
  std::string first{};
  std::string second{};
  float first_score = 0;
  float second_score = 0;
  FlipKind kind = FlipKind::kOther;
};

// One to which two regression models give different scores.
struct MovedRow {
  ListedRow at{};
  std::optional<double> gold{};
  double first = 0;
  double second = 0;
};

// How well the scores of a regression model fit the gold values; NaN where that is not defined.
struct Fit {
  double pearson = 0;
  double spearman = 0;
  double mse = 0;
};

// Of regression models.
struct ScoreComparison {
  std::vector<double> first;    // scores by row
  std::vector<double> second;   // likewise
  std::vector<double> gold;     // likewise; empty without labels
  std::vector<MovedRow> moved;  // those furthest apart, the worst first

  double mean_change = 0;  // of second - first
  double pearson = 0;      // of the second's scores with the first's, as the next
  double spearman = 0;

  Fit first_fit{};  // of labelled data, as all below
  Fit second_fit{};
  Fit difference{};             // second - first
  Interval pearson_interval{};  // 95 % paired bootstrap intervals of it
  Interval spearman_interval{};
  Interval mse_interval{};

  // Fills in all but the vectors, from them.
  void summarise();
};

struct CompareReport {
  std::string file;
  std::string task;  // "" without --task
  int64_t rows = 0;
  int64_t skipped = 0;              // bad rows that were left out
  int64_t truncated = 0;            // rows whose text was cut to fit
  std::vector<std::string> labels;  // names by id of the first model
  ComparedSide first{};
  ComparedSide second{};

  int64_t changed = 0;             // rows with another label; the three below make it up
  int64_t broken = 0;              // right with the first model, wrong with the second
  int64_t fixed = 0;               // the other way round
  std::vector<FlippedRow> flips;   // those furthest apart, the worst first
  std::vector<int64_t> agreement;  // (labels, labels) rows by the label of the first and of the second; may be empty

  McNemar mcnemar{};               // of labelled data, as the next
  Interval accuracy_difference{};  // 95 % paired bootstrap interval of second - first

  std::optional<ScoreComparison> scores{};  // of regression models, which have none of the labels' figures above

  std::vector<double> distances;  // by row: the largest difference of a logit; of regression models that of the score
  uint64_t furthest_line = 0;     // of the row with the largest one
  double divergence = 0;          // mean Kullback-Leibler divergence of the second's scores from the first's, in nats

  LayerComparison layers{};
  Estimate speed_up{};     // time of the first over that of the second; 95 % interval
  size_t speed_pairs = 0;  // pairs of timings behind it

  bool labelled() const { return scores ? !scores->gold.empty() : first.quality.has_value(); }

  // Of labelled data: what the second model loses of the first one's accuracy, in [-1, 1], or of its Pearson
  // correlation with the gold values, in [-2, 2] or NaN.
  double drop() const;
};

}  // namespace fbert
