// Real text against the reference: digests of the encodings of the shared data sets' lines, written by
// scripts/tokenizer_oracle/compare_datasets.js, and the published token ids of three articles.
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "loader/atomic_file.h"
#include "loader/json.h"
#include "tests/support/paths.h"
#include "tests/tokenizer/support.h"

namespace fbert::data_sets_tokens_test {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxFileBytes = size_t{64} << 20;
constexpr size_t kLinesPerDigest = 1000;

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);) parts.push_back(part);
  if (!text.empty() && text.back() == separator) parts.emplace_back();
  return parts;
}

// The vocabularies of scripts/tokenizer_oracle/datasets.js.
Tokenizer load_vocabulary(const fs::path& data, const std::string& name) {
  const auto json = [&](const char* path) {
    return testing::from_tokenizer_json(read_file(data / path, kMaxFileBytes));
  };
  const auto text = [&](const char* path, const char* config) {
    return testing::from_vocab_txt(read_file(data / path, kMaxFileBytes), config);
  };
  if (name == "uncased_json") return json("vocab/bert-base-uncased/tokenizer.json");
  if (name == "uncased_txt") return text("vocab/bert-base-uncased/vocab.txt", R"({"do_lower_case": true})");
  if (name == "cased") return text("vocab/bert-base-cased/vocab.txt", R"({"do_lower_case": false})");
  if (name == "chinese") return text("vocab/bert-base-chinese/vocab.txt", R"({"do_lower_case": true})");
  if (name == "mini") return json("models/fbert-mini-sst2-f16/tokenizer.json");
  throw std::runtime_error("unknown vocabulary " + name);
}

// One line of datasets.tsv.
struct DataSetRun {
  std::string vocabulary, file;
  std::vector<size_t> pair;  // two columns, or none: the whole line is the text
  EncodeOptions options;
  size_t lines, tokens;
  std::vector<std::string> digests;
};

DataSetRun parse_run(const std::string& line) {
  const std::vector<std::string> field = split(line, '\t');
  DataSetRun run{
      field.at(0), field.at(1), {}, {}, std::stoul(field.at(4)), std::stoul(field.at(5)), split(field.at(6), ',')};
  if (field[2] != "-") {
    for (const std::string& column : split(field[2], '+')) run.pair.push_back(std::stoul(column));
  }
  run.options.max_length = std::stoi(field[3]);
  return run;
}

void compare(const DataSetRun& run, const Tokenizer& tokenizer, const std::string& content) {
  std::vector<std::string> lines = split(content, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  Encoding encoding;
  size_t count = 0;
  size_t tokens = 0;
  testing::Digest digest;
  std::vector<std::string> digests;
  for (const std::string& line : lines) {
    if (run.pair.empty()) {
      tokenizer.encode_into(line, run.options, encoding);
    } else {
      const std::vector<std::string> columns = split(line, '\t');
      if (columns.size() <= std::max(run.pair[0], run.pair[1])) continue;
      tokenizer.encode_pair_into(columns[run.pair[0]], columns[run.pair[1]], run.options, encoding);
    }
    digest.add(testing::canonical(encoding) + "\n");
    tokens += encoding.ids.size();
    if (++count % kLinesPerDigest == 0) {
      digests.push_back(digest.hex());
      digest = {};
    }
  }
  if (count % kLinesPerDigest != 0) digests.push_back(digest.hex());
  EXPECT_EQ(count, run.lines);
  EXPECT_EQ(tokens, run.tokens);
  EXPECT_EQ(digests, run.digests) << "`node scripts/tokenizer_oracle/compare_datasets.js` names the lines";
}

TEST(DataSets, EncodeAsTheReferenceDoes) {
  FBERT_REQUIRE_SHARED_DATA(data);
  std::ifstream golden(testing::source_dir() / "tests/golden/tokenizer/datasets.tsv");
  ASSERT_TRUE(golden.is_open());
  std::map<std::string, Tokenizer> tokenizers;
  size_t lines = 0;
  for (std::string line; std::getline(golden, line);) {
    if (line.starts_with("#")) continue;
    const DataSetRun run = parse_run(line);
    SCOPED_TRACE(line.substr(0, 80));
    if (!tokenizers.contains(run.vocabulary)) {
      tokenizers.emplace(run.vocabulary, load_vocabulary(data, run.vocabulary));
    }
    compare(run, tokenizers.at(run.vocabulary), read_file(data / run.file, kMaxFileBytes));
    lines += run.lines;
  }
  EXPECT_GT(lines, 50'000U);
}

TEST(DataSets, GiveThePublishedIdsOfThreeArticles) {
  FBERT_REQUIRE_SHARED_DATA(data);
  size_t files = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(data / "vocab/reftests")) {
    if (entry.path().extension() != ".json") continue;
    SCOPED_TRACE(entry.path());
    const Json expected = load_json(entry.path());
    const bool cased = expected["model_name"] == "bert-base-cased";
    const Tokenizer tokenizer = load_vocabulary(data, cased ? "cased" : "uncased_txt");
    const fs::path text = entry.path().parent_path() / fs::path(expected["input_file"].get<std::string>()).filename();
    EXPECT_EQ(tokenizer.encode(read_file(text, kMaxFileBytes)).ids, expected["token_ids"].get<std::vector<int32_t>>());
    ++files;
  }
  EXPECT_EQ(files, 4U);
}

TEST(DataSets, GiveTheSameIdsFromTokenizerJsonAndVocabTxt) {
  FBERT_REQUIRE_SHARED_DATA(data);
  const Tokenizer json = Tokenizer::load(data / "vocab/bert-base-uncased");
  const Tokenizer text = load_vocabulary(data, "uncased_txt");
  EXPECT_EQ(json.vocab_size(), 30522);
  EXPECT_EQ(text.vocab_size(), 30522);
  EXPECT_EQ(json.model_max_length(), 0);  // 10^30 in the file
  for (int32_t id = 0; id < json.vocab_size(); ++id) ASSERT_EQ(json.token(id), text.token(id)) << id;
}

}  // namespace
}  // namespace fbert::data_sets_tokens_test
