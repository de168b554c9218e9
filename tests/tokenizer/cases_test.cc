// The corner cases of scripts/tokenizer_oracle/cases.js against the reference, by tests/golden/tokenizer/cases.json.
#include <map>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "fbert/error.h"
#include "loader/json.h"
#include "tests/support/paths.h"
#include "tests/tokenizer/support.h"

namespace fbert::cases_test {
namespace {

// A text is a string or a list of [string, count].
std::string text_of(const Json& json) {
  if (json.is_string()) return json.get<std::string>();
  std::string text;
  for (const Json& part : json) {
    for (size_t i = part[1].get<size_t>(); i > 0; --i) text += part[0].get_ref<const std::string&>();
  }
  return text;
}

class Golden {
 public:
  static const Golden& get() {
    static const Golden golden;
    return golden;
  }

  const Json& cases() const { return json_["cases"]; }
  const Tokenizer& tokenizer(const std::string& suite) const { return tokenizers_.at(suite); }

 private:
  Golden() : json_(load_json(testing::source_dir() / "tests/golden/tokenizer/cases.json")) {
    Json vocabulary = Json::object();
    for (size_t id = 0; id < json_["vocabulary"].size(); ++id) {
      vocabulary[json_["vocabulary"][id].get_ref<const std::string&>()] = id;
    }
    for (const auto& [name, suite] : json_["suites"].items()) {
      Json whole = suite;
      whole["model"]["vocab"] = vocabulary;
      tokenizers_.emplace(name, testing::from_tokenizer_json(whole.dump()));
    }
  }

  Json json_;
  std::map<std::string, Tokenizer> tokenizers_;
};

EncodeOptions options_of(const Json& json) {
  EncodeOptions options;
  options.max_length = json.value("max_length", 0);
  options.add_special_tokens = json.value("add_special_tokens", true);
  const std::string truncation = json.value("truncation", "LongestFirst");
  if (truncation == "OnlyFirst") options.truncation = Truncation::kOnlyFirst;
  if (truncation == "OnlySecond") options.truncation = Truncation::kOnlySecond;
  return options;
}

Encoding encode(const Tokenizer& tokenizer, const Json& c) {
  const std::string text = text_of(c["text"]);
  return c.contains("pair") ? tokenizer.encode_pair(text, text_of(c["pair"]), options_of(c))
                            : tokenizer.encode(text, options_of(c));
}

// The specials of the template need more room than the maximum: the reference computes a negative length there and
// returns more tokens than asked for.
bool leaves_no_room(const Json& c) {
  return c.contains("max_length") && c.value("add_special_tokens", true) &&
         c["max_length"].get<int>() < (c.contains("pair") ? 3 : 2);
}

// Runs the cases whose row `wanted` accepts; returns their number.
template <typename Predicate>
size_t run_cases(Predicate wanted) {
  size_t count = 0;
  for (const Json& c : Golden::get().cases()) {
    const std::string row = c["row"].get<std::string>();
    if (!wanted(row)) continue;
    ++count;
    SCOPED_TRACE(c.dump(-1, ' ', true));
    const Tokenizer& tokenizer = Golden::get().tokenizer(c["suite"].get<std::string>());
    if (c.contains("error") || leaves_no_room(c)) {
      EXPECT_THROW(encode(tokenizer, c), Error);
      continue;
    }
    const Encoding encoding = encode(tokenizer, c);
    std::string found = testing::canonical(encoding);
    const std::string expected = c["tokens"].get<std::string>();
    if (expected.starts_with("fnv1a:")) {
      testing::Digest digest;
      digest.add(found);
      found = "fnv1a:" + digest.hex();
    }
    EXPECT_EQ(found, expected);
    if (c.contains("decoded")) {
      EXPECT_EQ(tokenizer.decode(encoding.ids, true), c["decoded"].get<std::string>());
      EXPECT_EQ(tokenizer.decode(encoding.ids, false), c["decoded_with_special"].get<std::string>());
    }
  }
  return count;
}

class CornerCases : public ::testing::TestWithParam<int> {};

TEST_P(CornerCases, EqualTheReference) {
  const std::string row = fmt::format("T{:02}", GetParam());
  EXPECT_GT(run_cases([&](const std::string& r) { return r == row; }), 0U);
}

INSTANTIATE_TEST_SUITE_P(T, CornerCases, ::testing::Range(1, 26),
                         [](const auto& param_info) { return fmt::format("{:02}", param_info.param); });

TEST(Golden, TruncationEqualsTheReference) {
  EXPECT_GT(run_cases([](const std::string& row) { return row == "truncation"; }), 600U);
}

TEST(Golden, AddedTokensEqualTheReference) {
  EXPECT_GT(run_cases([](const std::string& row) { return row == "added"; }), 200U);
}

TEST(Golden, DecodingEqualsTheReference) {
  EXPECT_GT(run_cases([](const std::string& row) { return row == "decode"; }), 30U);
}

}  // namespace
}  // namespace fbert::cases_test
