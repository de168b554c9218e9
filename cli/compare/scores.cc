// What compare says of regression models, whose answer is a score.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "cli/compare/text.h"

namespace fbert {
namespace {

bool excludes_zero(const Interval& interval) { return interval.low > 0 || interval.high < 0; }

Table score_table(const CompareReport& report) {
  const ScoreComparison& scores = *report.scores;
  Table table{{{"", true}, {"A"}, {"B"}, {"B against A"}, {"95 % interval"}}};
  const auto add = [&](const char* name, double Fit::*figure, const Interval& interval) {
    table.rows.push_back({name, plain(scores.first_fit.*figure), plain(scores.second_fit.*figure),
                          plain_signed(scores.difference.*figure),
                          fmt::format("{} to {}", plain_signed(interval.low), plain_signed(interval.high))});
  };
  if (report.labelled()) {
    add("Pearson", &Fit::pearson, scores.pearson_interval);
    add("Spearman", &Fit::spearman, scores.spearman_interval);
    add("mean squared error", &Fit::mse, scores.mse_interval);
  }
  add_size_and_speed(report, table);
  return table;
}

Table agreement_table(const ScoreComparison& scores) {
  return {{{"mean of B - A"}, {"Pearson of A and B"}, {"Spearman of A and B"}},
          {{plain_signed(scores.mean_change), plain(scores.pearson), plain(scores.spearman)}}};
}

}  // namespace

std::vector<CompareSection> score_sections(const CompareReport& report) {
  return {{"", "", score_table(report)},
          {"difference of the scores, by row", "", distance_table(report)},
          {"agreement of the scores", "", agreement_table(*report.scores)}};
}

std::string score_rows_title(const CompareReport& report) {
  const auto moved = report.rows - std::count(report.distances.begin(), report.distances.end(), 0.0);
  std::string title = fmt::format("{} of {} rows get another score", moved, report.rows);
  const size_t shown = report.scores->moved.size();
  if (shown > 0 && shown < static_cast<size_t>(moved)) title += fmt::format("; the {} furthest apart", shown);
  return title;
}

Table score_rows_table(const CompareReport& report) {
  Table table{{{"line"}, {"A"}, {"B"}, {"B - A"}, {"text", true}}, {}, true};
  if (report.labelled()) table.columns.insert(table.columns.begin() + 1, {"gold"});
  for (const MovedRow& row : report.scores->moved) {
    std::vector<std::string> cells = {fmt::format("{}", row.at.line), plain(row.first), plain(row.second),
                                      plain_signed(row.second - row.first), text_of(row.at)};
    if (row.gold) cells.insert(cells.begin() + 1, fmt::format("{:g}", *row.gold));
    table.rows.push_back(std::move(cells));
  }
  return table;
}

std::string score_verdict(const CompareReport& report) {
  const ScoreComparison& scores = *report.scores;
  const double furthest = percentile(report.distances, 100);
  if (furthest == 0) return "B gives every row the score that A gives it";
  std::string answer = fmt::format("The scores of B are {} from those of A on average and {} at most",
                                   plain(mean(report.distances)), plain(furthest));
  if (!report.labelled() || !std::isfinite(scores.difference.pearson)) return answer;
  const Interval& interval = scores.pearson_interval;
  if (!excludes_zero(interval)) {
    return answer + fmt::format("; their correlations with the labels cannot be told apart (Pearson {}, {} to {})",
                                plain_signed(scores.difference.pearson), plain_signed(interval.low),
                                plain_signed(interval.high));
  }
  return answer + fmt::format("; B correlates {} with the labels by {}, more than chance explains ({} to {})",
                              scores.difference.pearson > 0 ? "better" : "worse",
                              plain(std::fabs(scores.difference.pearson)), plain_signed(interval.low),
                              plain_signed(interval.high));
}

}  // namespace fbert
