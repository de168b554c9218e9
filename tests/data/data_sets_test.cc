// Reads published data sets whole, with the options that docs/data-formats.md gives for them.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>

#include "data/labels.h"
#include "data/tasks.h"
#include "tests/cli/rows.h"
#include "tests/support/paths.h"

namespace fbert::data_sets_test {
namespace {

using testing::error_of;
using Counts = std::map<std::string, int>;

const ColumnOptions kWithLabel{.label_required = true};

struct Summary {
  int rows = 0;
  bool has_pair = false;
  Counts labels;
};

Summary read(const std::filesystem::path& path, const ReaderOptions& options) {
  Reader reader = Reader::open(path, options);
  Summary summary;
  for (Example example; reader.next(example); ++summary.rows) {
    summary.has_pair = example.input.has_pair;
    ++summary.labels[example.label];
  }
  return summary;
}

TEST(DataSets, Sst2) {
  FBERT_REQUIRE_SHARED_DATA(shared);
  const auto folder = shared / "glue/SST-2";
  const Summary dev = read(folder / "dev.tsv", {.columns = kWithLabel});
  EXPECT_EQ(dev.rows, 872);
  EXPECT_FALSE(dev.has_pair);
  EXPECT_EQ(dev.labels, (Counts{{"0", 428}, {"1", 444}}));
  EXPECT_EQ(read(folder / "test-labeled.tsv", {.columns = kWithLabel}).labels.size(), 2u);
  EXPECT_EQ(read(folder / "test-labeled.tsv", {.columns = kWithLabel}).rows, 1821);
  EXPECT_EQ(read(folder / "train.tsv", {.columns = kWithLabel}).rows, 67'349);
}

TEST(DataSets, Mrpc) {
  FBERT_REQUIRE_SHARED_DATA(shared);
  const Summary dev = read(shared / "glue/MRPC/dev.tsv", {.columns = kWithLabel});
  EXPECT_TRUE(dev.has_pair);
  EXPECT_EQ(dev.labels, (Counts{{"0", 408 - 279}, {"1", 279}}));
  const Summary test =
      read(shared / "glue/MRPC/msr_paraphrase_test.txt", {.format = Format::kTsv, .columns = kWithLabel});
  EXPECT_EQ(test.labels, (Counts{{"0", 1725 - 1147}, {"1", 1147}}));
  EXPECT_EQ(read(shared / "glue/MRPC/test.tsv", {}).rows, 1725);
  EXPECT_EQ(read(shared / "glue/MRPC/msr_paraphrase_train.txt", {.format = Format::kTsv, .columns = kWithLabel}).rows,
            4076);
}

TEST(DataSets, ColaWithoutHeader) {
  FBERT_REQUIRE_SHARED_DATA(shared);
  const Summary dev = read(shared / "glue/CoLA/dev.tsv", {.columns = {.text = "4", .label = "2"}});
  EXPECT_EQ(dev.labels, (Counts{{"0", 1043 - 721}, {"1", 721}}));
}

TEST(DataSets, Rte) {
  FBERT_REQUIRE_SHARED_DATA(shared);
  const Summary dev = read(shared / "glue/RTE/dev.tsv", {.columns = kWithLabel});
  EXPECT_TRUE(dev.has_pair);
  EXPECT_EQ(dev.labels, (Counts{{"0", 146}, {"1", 131}}));
}

TEST(DataSets, Qnli) {
  FBERT_REQUIRE_SHARED_DATA(shared);
  const Summary dev = read(shared / "glue/QNLI/dev.tsv", {.columns = kWithLabel});
  EXPECT_TRUE(dev.has_pair);
  EXPECT_EQ(dev.labels, (Counts{{"entailment", 2702}, {"not_entailment", 2761}}));
}

TEST(DataSets, StsbRowsWithExtraColumns) {
  FBERT_REQUIRE_SHARED_DATA(shared);
  const ReaderOptions options{.format = Format::kTsv, .columns = {.text = "6", .pair = "7", .label = "5"}};
  for (const auto& [name, rows] : {std::pair{"sts-dev.csv", 1500}, {"sts-test.csv", 1379}, {"sts-train.csv", 5749}}) {
    Reader reader = Reader::open(shared / "glue/STS-B" / name, options);
    int found = 0;
    for (Example example; reader.next(example); ++found) {
      const double score = parse_gold_value(example.label);
      ASSERT_TRUE(score >= 0 && score <= 5 && example.input.has_pair) << name << ", line " << example.line;
    }
    EXPECT_EQ(found, rows) << name;
  }
}

TEST(DataSets, Quora) {
  FBERT_REQUIRE_SHARED_DATA(shared);
  const Summary dev = read(shared / "glue/QQP/quora-dev.csv", {.format = Format::kTsv, .columns = kWithLabel});
  EXPECT_TRUE(dev.has_pair);
  EXPECT_EQ(dev.rows, 20'214);
  EXPECT_EQ(dev.labels.at("0.0"), 12'627);
  EXPECT_EQ(dev.labels.at("1.0"), 7'585);
  EXPECT_EQ(read(shared / "glue/QQP/heldout.tsv", {.columns = kWithLabel}).rows, 3000);
}

TEST(DataSets, EmotionApartBySemicolons) {
  FBERT_REQUIRE_SHARED_DATA(shared);
  const LabelMap labels({"sadness", "joy", "love", "anger", "fear", "surprise"});
  for (const Format format : {Format::kCsv, Format::kTsv}) {
    const Summary test = read(shared / "emotion/test.txt", {.format = format, .delimiter = ';', .columns = kWithLabel});
    EXPECT_EQ(test.rows, 2000);
    EXPECT_EQ(test.labels.size(), 6u);
    for (const auto& [name, count] : test.labels) EXPECT_GE(labels.find(name), 0) << name;
    EXPECT_EQ(read(shared / "emotion/train.txt", {.format = format, .delimiter = ';'}).rows, 16'000);
  }
}

TEST(DataSets, AgNewsAndXnliWithoutHeader) {
  FBERT_REQUIRE_SHARED_DATA(shared);
  const Summary news = read(shared / "agnews/test.tsv", {.columns = {.text = "1", .label = "2"}});
  EXPECT_EQ(news.rows, 7600);
  EXPECT_EQ(news.labels, (Counts{{"Business", 1900}, {"Sci/Tech", 1900}, {"Sports", 1900}, {"World", 1900}}));
  for (const char* language : {"ar", "de", "en", "es", "fr", "ru", "zh"}) {
    const auto path = shared / "xnli" / ("dev-" + std::string(language) + ".tsv");
    const Summary dev = read(path, {.columns = {.text = "1", .pair = "2", .label = "3"}});
    EXPECT_EQ(dev.labels, (Counts{{"contradiction", 830}, {"entailment", 830}, {"neutral", 830}})) << language;
  }
  EXPECT_EQ(read(shared / "xnli/heldout-en.tsv", {.columns = kWithLabel}).rows, 1000);
}

TEST(DataSets, Sst5) {
  FBERT_REQUIRE_SHARED_DATA(shared);
  const Summary dev = read(shared / "sst5/ids-sst-dev.csv", {.format = Format::kTsv, .columns = kWithLabel});
  EXPECT_EQ(dev.rows, 1101);
  EXPECT_EQ(dev.labels.size(), 5u);
}

// As `eval --task` reads them.
Summary read_task(const std::filesystem::path& path, const char* name, Format format = Format::kTsv) {
  const EvalTask& task = find_task(name);
  ReaderOptions options{.format = format, .json_key = name, .columns = kWithLabel};
  options.columns.without_header = task.without_header;
  Summary summary = read(path, options);
  if (task.regression) return summary;
  const LabelMap labels(task.labels, {.numbering = task.labels});
  Counts by_name;
  for (const auto& [label, count] : summary.labels) {
    const int32_t id = labels.find(label);
    by_name[id < 0 ? "?" : task.labels[static_cast<size_t>(id)]] += count;
  }
  summary.labels = by_name;
  return summary;
}

TEST(DataSets, TasksKnowColumnsAndLabels) {
  FBERT_REQUIRE_SHARED_DATA(shared);
  EXPECT_EQ(read_task(shared / "glue/SST-2/dev.tsv", "sst2").labels, (Counts{{"negative", 428}, {"positive", 444}}));
  EXPECT_EQ(read_task(shared / "glue/MRPC/dev.tsv", "mrpc").labels,
            (Counts{{"not_equivalent", 408 - 279}, {"equivalent", 279}}));
  EXPECT_EQ(read_task(shared / "glue/MRPC/msr_paraphrase_test.txt", "mrpc").labels,
            (Counts{{"not_equivalent", 1725 - 1147}, {"equivalent", 1147}}));
  EXPECT_EQ(read_task(shared / "glue/CoLA/dev.tsv", "cola").labels,
            (Counts{{"unacceptable", 1043 - 721}, {"acceptable", 721}}));
  EXPECT_EQ(read_task(shared / "glue/RTE/dev.tsv", "rte").labels,
            (Counts{{"entailment", 146}, {"not_entailment", 131}}));
  EXPECT_EQ(read_task(shared / "glue/QNLI/dev.tsv", "qnli").labels,
            (Counts{{"entailment", 2702}, {"not_entailment", 2761}}));
  EXPECT_EQ(read_task(shared / "glue/QQP/quora-dev.csv", "qqp").labels,
            (Counts{{"?", 2}, {"duplicate", 7585}, {"not_duplicate", 12627}}));
  for (const auto& [name, rows] : {std::pair{"sts-dev.csv", 1500}, {"sts-test.csv", 1379}, {"sts-train.csv", 5749}}) {
    const Summary scores = read_task(shared / "glue/STS-B" / name, "stsb");
    EXPECT_EQ(scores.rows, rows);
    EXPECT_TRUE(scores.has_pair);
  }
  EXPECT_EQ(read_task(shared / "agnews/test.tsv", "agnews").labels,
            (Counts{{"Business", 1900}, {"Sci/Tech", 1900}, {"Sports", 1900}, {"World", 1900}}));
  EXPECT_EQ(read_task(shared / "agnews/dev.tsv", "agnews").rows, 10'001);
  for (const char* language : {"ar", "de", "en", "es", "fr", "ru", "zh"}) {
    const Summary dev = read_task(shared / "xnli" / ("dev-" + std::string(language) + ".tsv"), "xnli");
    EXPECT_EQ(dev.labels, (Counts{{"contradiction", 830}, {"entailment", 830}, {"neutral", 830}})) << language;
    EXPECT_TRUE(dev.has_pair);
  }
  const Summary sentiments = read_task(shared / "sst5/ids-sst-train.csv", "sst5");
  EXPECT_EQ(sentiments.rows, 8544);
  EXPECT_EQ(sentiments.labels.size(), 5u);
  EXPECT_EQ(sentiments.labels.count("?"), 0u);
}

TEST(DataSets, AdvGlueIsOneJsonFileOfSixTasks) {
  FBERT_REQUIRE_SHARED_DATA(shared);
  const auto path = shared / "glue/AdvGLUE/dev_ann.json";
  for (const auto& [task, rows] : {std::pair{"sst2", 148}, {"qqp", 78}, {"mnli", 121}, {"qnli", 148}, {"rte", 81}}) {
    const Summary summary = read_task(path, task, Format::kJson);
    EXPECT_EQ(summary.rows, rows) << task;
    EXPECT_EQ(summary.has_pair, std::string(task) != "sst2");
    EXPECT_EQ(summary.labels.count("?"), 0u) << task;
  }
  EXPECT_EQ(read(path, {.format = Format::kJson, .json_key = "mnli-mm", .columns = kWithLabel}).rows, 162);
}

TEST(DataSets, CutFilesAndWrongColumnsAreErrorsWithTheirLine) {
  FBERT_REQUIRE_SHARED_DATA(shared);
  std::ifstream file(shared / "glue/MRPC/dev.tsv");
  std::string bytes(std::istreambuf_iterator<char>(file), {});
  size_t end = 0;
  for (int line = 0; line < 20; ++line) end = bytes.find('\n', end) + 1;
  bytes.resize(bytes.find('\t', end) + 3);
  const testing::TemporaryFolder folder;
  std::ofstream(folder.path() / "cut.tsv") << bytes;
  EXPECT_NE(error_of([&] { read_task(folder.path() / "cut.tsv", "mrpc"); }).find("cut.tsv: line 21, column "),
            std::string::npos);
  const ReaderOptions wrong{.columns = {.text = "sentence", .label = "lable"}};
  EXPECT_NE(error_of([&] {
              read(shared / "glue/SST-2/dev.tsv", wrong);
            }).find("dev.tsv: no column 'lable'; the header has 'sentence', 'label'"),
            std::string::npos);
}

TEST(DataSets, TabsInACsvFileAreFoundFromItsHeader) {
  FBERT_REQUIRE_SHARED_DATA(shared);
  EXPECT_EQ(read(shared / "sst5/ids-sst-dev.csv", {.columns = kWithLabel}).rows, 1101);
}

}  // namespace
}  // namespace fbert::data_sets_test
