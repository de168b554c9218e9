#include "cli/eval/squad.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/report/json_report.h"
#include "cli/report/table.h"
#include "data/input.h"

namespace fbert {
namespace {

constexpr size_t kMostSquadBytes = size_t{256} << 20;

struct SquadText {
  std::string bytes;
  std::string name;

  SquadFile file() const { return {bytes, name}; }
};

SquadText read_squad_file(const std::string& path) {
  Input input = Input::open(path);
  return {read_all(input, kMostSquadBytes), input.name()};
}

void add_part(OrderedJson& json, const std::string& name, const std::optional<SquadPart>& part) {
  if (!part) return;
  json[name + "_exact"] = part->exact_match;
  json[name + "_f1"] = part->f1;
  json[name + "_total"] = part->questions;
}

void add_best(OrderedJson& json, const std::string& name, const std::optional<SquadBest>& best) {
  if (!best) return;
  json["best_" + name] = best->score;
  json["best_" + name + "_thresh"] = best->threshold;
}

// With the names of the official script of v2.0.
OrderedJson squad_json(const SquadScore& score) {
  OrderedJson json = {{"questions", score.questions},
                      {"unanswered", score.unanswered},
                      {"exact_match", score.exact_match},
                      {"f1", score.f1}};
  if (!score.no_answers) return json;
  json["exact"] = score.exact_match;
  json["total"] = score.questions;
  add_part(json, "HasAns", score.no_answers->with_answer);
  add_part(json, "NoAns", score.no_answers->without_answer);
  add_best(json, "exact", score.no_answers->best_exact);
  add_best(json, "f1", score.no_answers->best_f1);
  return json;
}

std::string squad_csv(const OrderedJson& json) {
  std::string names;
  std::string values;
  for (const auto& item : json.items()) {
    const std::string comma = names.empty() ? "" : ",";
    names += comma + item.key();
    const OrderedJson& value = item.value();
    values += comma + (value.is_number_float() ? fmt::format("{}", value.get<double>()) : value.dump());
  }
  return names + '\n' + values + '\n';
}

std::string decimals4(double value) { return fmt::format("{:.4f}", value); }

std::vector<Table> squad_tables(const SquadScore& score) {
  Table all{{{"questions"}, {"unanswered"}, {"exact match"}, {"f1"}},
            {{fmt::format("{}", score.questions), fmt::format("{}", score.unanswered), decimals4(score.exact_match),
              decimals4(score.f1)}}};
  if (!score.no_answers) return {all};
  Table parts{{{"of them", true}, {"questions"}, {"exact match"}, {"f1"}}};
  const auto add = [&](const char* name, const std::optional<SquadPart>& part) {
    if (!part) return;
    parts.rows.push_back({name, fmt::format("{}", part->questions), decimals4(part->exact_match), decimals4(part->f1)});
  };
  add("with an answer", score.no_answers->with_answer);
  add("without", score.no_answers->without_answer);
  std::vector<Table> tables = {all, parts};
  if (const auto& exact = score.no_answers->best_exact) {
    const SquadBest& f1 = *score.no_answers->best_f1;
    tables.push_back({{{"best", true}, {"percent"}, {"threshold"}},
                      {{"exact match", decimals4(exact->score), fmt::format("{}", exact->threshold)},
                       {"f1", decimals4(f1.score), fmt::format("{}", f1.threshold)}}});
  }
  return tables;
}

}  // namespace

SquadScore score_squad_files(const std::string& data, const std::string& predictions,
                             const std::string& na_probabilities) {
  const SquadText questions = read_squad_file(data);
  const SquadText answers = read_squad_file(predictions);
  if (na_probabilities.empty()) return score_squad(questions.file(), answers.file());
  const SquadText probabilities = read_squad_file(na_probabilities);
  const SquadFile probability_file = probabilities.file();
  return score_squad(questions.file(), answers.file(), &probability_file);
}

std::string print_squad(const SquadScore& score, const std::string& format, size_t columns) {
  if (format == "json") return dump(squad_json(score), 2) + '\n';
  if (format == "csv") return squad_csv(squad_json(score));
  std::string out;
  for (const Table& table : squad_tables(score)) {
    out += (out.empty() ? "" : "\n") + (format == "md" ? table.markdown() : table.text(columns));
  }
  return out;
}

}  // namespace fbert
