#include "loader/json.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "loader/json_scanner.h"
#include "tests/loader/safetensors_bytes.h"

namespace fbert::testing::json_test {
namespace {

using namespace std::string_literals;
using ::testing::HasSubstr;

std::string json_rejection(std::string_view text) {
  return error_of([&] { parse_json(text, "config.json"); });
}

TEST(Json, AcceptsWhatRfc8259Accepts) {
  for (const std::string& text : {"{}"s,
                                  "[]"s,
                                  "0"s,
                                  "-0"s,
                                  "\"\""s,
                                  "true"s,
                                  "false"s,
                                  "null"s,
                                  " [ 1 , 2 ] "s,
                                  "\t\r\n{}\t\r\n"s,
                                  "[[],{}]"s,
                                  R"({"":0})"s,
                                  R"({"a":{"a":{"a":1}}})"s,
                                  "[1.5e+10,1E-2,0.0,-1.25,1e5,-0.0,0e1,0E-1]"s,
                                  R"(["\"\\\/\b\f\n\r\t\u0041\u00e9\ud83d\ude00\u0000"])"s,
                                  "[\"\x7F\"]"s,
                                  "\"\xEF\xBF\xBF\xF4\x8F\xBF\xBF\""s,
                                  "[18446744073709551615,-9223372036854775808]"s,
                                  "[1.7976931348623157e308,5e-324,2.2250738585072014e-308]"s,
                                  R"({"a":1,"A":2,"a ":3})"s}) {
    EXPECT_EQ(json_rejection(text), "") << text;
    // The values are those of an independent parser.
    EXPECT_EQ(parse_json(text, "x"), nlohmann::json::parse(text)) << text;
  }
}

TEST(Json, RejectsWhatRfc8259Rejects) {
  for (const std::string& text : {""s,
                                  " "s,
                                  "{"s,
                                  "}"s,
                                  "["s,
                                  "]"s,
                                  "[1,]"s,
                                  "[,1]"s,
                                  "[1 2]"s,
                                  "[1,,2]"s,
                                  "{\"a\":1,}"s,
                                  "{,}"s,
                                  "{\"a\"}"s,
                                  "{\"a\":}"s,
                                  "{:1}"s,
                                  "{a:1}"s,
                                  "{'a':1}"s,
                                  "{1:1}"s,
                                  "{\"a\" 1}"s,
                                  "{\"a\":1 \"b\":2}"s,
                                  "[\"a\":1]"s,
                                  "{\"a\",1}"s,
                                  "tru"s,
                                  "True"s,
                                  "TRUE"s,
                                  "nul"s,
                                  "truex"s,
                                  "NaN"s,
                                  "[NaN]"s,
                                  "Infinity"s,
                                  "[-Infinity]"s,
                                  "+1"s,
                                  "01"s,
                                  "-01"s,
                                  "1."s,
                                  ".5"s,
                                  "-"s,
                                  "-.5"s,
                                  "1e"s,
                                  "1e+"s,
                                  "1.e5"s,
                                  "0x1"s,
                                  "1_000"s,
                                  "--1"s,
                                  "1 2"s,
                                  "{}{}"s,
                                  "{} x"s,
                                  "\"a"s,
                                  "\"\\"s,
                                  "\"\\x41\""s,
                                  "\"\\u12\""s,
                                  "\"\\u12G4\""s,
                                  "\"\\u+123\""s,
                                  "\"\\u-123\""s,
                                  "\"\\U0041\""s,
                                  "\"\n\""s,
                                  "\"\t\""s,
                                  "\"\0\""s,
                                  "\0"s,
                                  "[\0]"s,
                                  "{}\0"s,
                                  "'a'"s,
                                  "// c\n1"s,
                                  "1 // c"s,
                                  "/* */1"s,
                                  "# c\n1"s,
                                  "\x0B"
                                  "1"s,
                                  "\xC2\xA0"
                                  "1"s,
                                  "\xE2\x80\xA8{}"s,
                                  "\xFF"s,
                                  "[1}"s,
                                  "{]"s,
                                  "\\u0031"s,
                                  "[\"a\",\n4\n,1,"s}) {
    EXPECT_THAT(json_rejection(text), HasSubstr("config.json: byte ")) << escaped(text);
  }
}

TEST(Json, SaysWhereAndWhat) {
  EXPECT_EQ(json_rejection("[1,]"), "config.json: byte 3: expected a value, found ']'");
  EXPECT_EQ(json_rejection("[1"), "config.json: byte 2: expected ',' or ']', found the end of the text");
  EXPECT_EQ(json_rejection("{\"a\" 1}"), "config.json: byte 5: expected ':', found '1'");
  EXPECT_EQ(json_rejection("[tru]"), "config.json: byte 1: expected 'true', found 't'");
  EXPECT_EQ(json_rejection("[\"a\x01\"]"), "config.json: byte 3: control character in a string");
}

TEST(Json, GivesTheByteAndTheProblemApart) {
  try {
    parse_json("[1, byte 7: x]", "a: byte 3: b");
    FAIL();
  } catch (const JsonError& error) {
    EXPECT_EQ(error.byte(), 4u);
    EXPECT_EQ(error.problem(), "expected a value, found 'b'");
    EXPECT_EQ(error.what(), "a: byte 3: b: byte 4: " + error.problem());
  }
}

TEST(Json, RejectsByteOrderMark) { EXPECT_THAT(json_rejection("\xEF\xBB\xBF{}"), HasSubstr("byte order mark")); }

TEST(Json, RejectsInvalidUtf8) {
  EXPECT_THAT(json_rejection("[\"ab\xFF\"]"), HasSubstr("byte 4: invalid UTF-8"));
  for (const char* bytes :
       {"\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82", "\xFE"}) {
    EXPECT_THAT(json_rejection("\""s + bytes + "\""), HasSubstr("invalid UTF-8"));
    EXPECT_THAT(json_rejection("\"\\n"s + bytes + "\""), HasSubstr("byte 3: invalid UTF-8"));
  }
}

TEST(Json, RejectsLoneSurrogates) {
  for (const char* text : {R"("\ud800")", R"("\udfff")", R"("\ud800\ud800")", R"("\ud800\u0041")", R"("\ud800\n")",
                           R"("\ud800)", R"("\udc00\ud800")"}) {
    EXPECT_THAT(json_rejection(text), HasSubstr("byte 1: lone surrogate")) << text;
  }
}

TEST(Json, RejectsDuplicateKeys) {
  EXPECT_EQ(json_rejection(R"({"a":1,"a":1})"), "config.json: byte 7: duplicate key 'a'");
  EXPECT_THAT(json_rejection(R"({"x":[{"a":1,"b":2,"\u0061":3}]})"), HasSubstr("duplicate key 'a'"));
  EXPECT_THAT(json_rejection(R"({"":1,"":2})"), HasSubstr("duplicate key ''"));
  EXPECT_EQ(json_rejection(R"({"a\u0000b":1,"a":2})"), "");
}

TEST(Json, BoundsDepth) {
  const auto nested = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(json_rejection(nested(128)), "");
  EXPECT_THAT(json_rejection(nested(129)), HasSubstr("more than 128 levels"));
  EXPECT_THAT(json_rejection(std::string(1'000'000, '[')), HasSubstr("more than 128 levels"));
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"\":";
  EXPECT_THAT(json_rejection(objects), HasSubstr("more than 128 levels"));
}

TEST(Json, RejectsNumbersOutOfRange) {
  for (const char* text : {"1e400", "-1e400", "[1e309]", "0.1e999999999999999999999", "1000e306"}) {
    EXPECT_THAT(json_rejection(text), HasSubstr("out of range")) << text;
  }
  EXPECT_THAT(json_rejection(std::string(1'000'000, '9')), HasSubstr("out of range"));
}

TEST(Json, NumbersTooSmallForDoubleAreZero) {
  for (const char* text : {"1e-400", "-0.1e-999999999999999999999", "0.001e-322", "1000e-330", "1E-0400"}) {
    EXPECT_EQ(parse_json(text, "x").get<double>(), 0.0) << text;
  }
  EXPECT_EQ(parse_json("0." + std::string(400, '0') + "1", "x").get<double>(), 0.0);
  EXPECT_TRUE(std::signbit(parse_json("-1e-400", "x").get<double>()));
}

Json python(std::string_view text) { return parse_json(text, "config.json", kMaxJsonValues, JsonRules::kPython); }

TEST(Json, PythonsRulesTakeNumbersThatAreNotFinite) {
  EXPECT_EQ(python("[Infinity, -Infinity, 1e400, -1e999]").dump(), "[null,null,null,null]");
  EXPECT_TRUE(std::isnan(python("NaN").get<double>()));
  EXPECT_LT(python("-1e400").get<double>(), 0.0);
  for (const char* text : {"nan", "Inf", "-NaN", "+Infinity", "[1,]", "{'a': 1}", "Nan"}) {
    EXPECT_THROW(python(text), JsonError) << text;
  }
  const Json json = python(R"({"n": Infinity, "i": NaN})");
  const JsonObject object(json, "config.json");
  EXPECT_EQ(error_of([&] { object.number("n"); }), "config.json: key 'n': expected a number, found Infinity");
  EXPECT_EQ(error_of([&] { object.integer("i", 0, 9); }),
            "config.json: key 'i': expected an integer from 0 to 9, found NaN");
}

TEST(Json, PythonsRulesTakeAKeyTwiceUntilItIsAskedFor) {
  const Json json = python(R"({"same": 1, "same": 1, "other": 1, "other": 2, "deep": {"a": 1, "a": [1]}, "b": true})");
  const JsonObject object(json, "config.json");
  EXPECT_EQ(object.integer("same", 0, 9), 1);
  EXPECT_TRUE(object.boolean("b"));
  EXPECT_EQ(error_of([&] { object.integer("other", 0, 9); }),
            "config.json: key 'other': given several times, with different values");
  EXPECT_THAT(error_of([&] { object.object("deep").find("a"); }), HasSubstr("key 'deep.a': given several times"));
}

TEST(Json, WritesAgainWhatPythonWrote) {
  const std::string text = R"({"b": [1.0, -Infinity], "a": NaN, "b": [Infinity, "NaN"]})";
  EXPECT_EQ(to_python_json(parse_ordered_json(text, "config.json")),
            "{\n  \"b\": [\n    Infinity,\n    \"NaN\"\n  ],\n  \"a\": NaN\n}");
}

// tokenizer_config.json writes int(1e30) for a model without a maximal length.
TEST(Json, ReadsIntegersBeyond64BitsAsDoubles) {
  EXPECT_EQ(parse_json("18446744073709551616", "x"), Json(18446744073709551616.0));
  EXPECT_EQ(parse_json("-9223372036854775809", "x"), Json(-9223372036854775808.0));
  EXPECT_EQ(parse_json("1000000000000000019884624838656", "x"), Json(1e30));
  const Json config = parse_json(R"({"n":18446744073709551616})", "x");
  EXPECT_THAT(error_of([&] { JsonObject(config, "x").integer("n", 0, INT64_MAX); }), HasSubstr("expected an integer"));
}

TEST(Json, KeepsTheKindOfNumbers) {
  const Json numbers = parse_json("[1,-1,1.0,18446744073709551615]", "x");
  EXPECT_TRUE(numbers[0].is_number_unsigned());
  EXPECT_TRUE(numbers[1].is_number_integer());
  EXPECT_TRUE(numbers[2].is_number_float());
  EXPECT_EQ(numbers[3].get<uint64_t>(), std::numeric_limits<uint64_t>::max());
}

TEST(Json, RefusesMoreValuesThanAllowed) {
  EXPECT_NO_THROW(parse_json(R"([{"a":1},2])", "x", 4));
  EXPECT_THAT(error_of([] { parse_json(R"([{"a":1},2])", "x", 3); }), HasSubstr("x: byte 9: more than 3 values"));
}

TEST(Json, LoadsFilesAndNamesThem) {
  const TemporaryFolder folder;
  write_bytes(folder.path() / "a.json", R"({"a":1})");
  EXPECT_EQ(load_json(folder.path() / "a.json")["a"], 1);
  EXPECT_THAT(error_of([&] { load_json(folder.path() / "a.json", 6); }), HasSubstr("7 bytes, at most 6"));
  EXPECT_THAT(error_of([&] { load_json(folder.path() / "b.json"); }), HasSubstr("b.json: cannot open: No such file"));
  EXPECT_THAT(error_of([&] { load_json(folder.path()); }), HasSubstr("found a directory"));
}

class JsonObjectTest : public ::testing::Test {
 protected:
  const Json json_ = parse_json(
      R"({"size":768,"big":18446744073709551615,"eps":1e-12,"one":1.0,"flag":true,"name":"bert","none":null,
          "list":[1],"inner":{"deep":{"x":"y"}},"dot.ted":1})",
      "config.json");
  const JsonObject config_{json_, "config.json"};

  template <typename Call>
  std::string failure(Call call) const {
    return error_of([&] { call(config_); });
  }
};

TEST_F(JsonObjectTest, ReadsTypedValues) {
  EXPECT_EQ(config_.integer("size", 1, 1000), 768);
  EXPECT_EQ(config_.number("eps"), 1e-12);
  EXPECT_EQ(config_.number("size"), 768.0);
  EXPECT_TRUE(config_.boolean("flag"));
  EXPECT_EQ(config_.string("name"), "bert");
  EXPECT_EQ(config_.object("inner").object("deep").string("x"), "y");
}

TEST_F(JsonObjectTest, NeverNarrows) {
  EXPECT_EQ(failure([](auto& c) { c.integer("size", 1, 512); }),
            "config.json: key 'size': expected an integer from 1 to 512, found 768");
  EXPECT_THAT(failure([](auto& c) { c.integer("big", INT64_MIN, INT64_MAX); }),
              HasSubstr("found 18446744073709551615"));
  EXPECT_THAT(failure([](auto& c) { c.integer("one", 0, 9); }), HasSubstr("found 1.0"));
  EXPECT_THAT(failure([](auto& c) { c.integer("flag", 0, 9); }), HasSubstr("found true"));
  EXPECT_THAT(failure([](auto& c) { c.integer("name", 0, 9); }), HasSubstr("found the string 'bert'"));
  EXPECT_THAT(failure([](auto& c) { c.number("name"); }), HasSubstr("expected a number"));
  EXPECT_THAT(failure([](auto& c) { c.boolean("size"); }), HasSubstr("expected true or false, found 768"));
  EXPECT_THAT(failure([](auto& c) { c.string("list"); }), HasSubstr("expected a string, found an array"));
  EXPECT_THAT(failure([](auto& c) { c.object("list"); }), HasSubstr("key 'list': expected an object, found an array"));
}

TEST_F(JsonObjectTest, TellsAbsentFromNull) {
  EXPECT_TRUE(config_.has("none"));
  EXPECT_FALSE(config_.has("absent"));
  EXPECT_EQ(config_.find("none"), nullptr);
  EXPECT_EQ(config_.find("absent"), nullptr);
  EXPECT_EQ(failure([](auto& c) { c.at("absent"); }), "config.json: key 'absent': missing");
  EXPECT_EQ(failure([](auto& c) { c.at("none"); }), "config.json: key 'none': null");
}

TEST_F(JsonObjectTest, FallsBackOnlyWhereNothingStands) {
  EXPECT_EQ(config_.integer_or("none", 5, 0, 9), 5);
  EXPECT_EQ(config_.number_or("absent", 0.5), 0.5);
  EXPECT_FALSE(config_.boolean_or("absent", false));
  EXPECT_EQ(config_.string_or("absent", "x"), "x");
  EXPECT_THAT(failure([](auto& c) { c.integer_or("name", 5, 0, 9); }), HasSubstr("key 'name'"));
}

TEST_F(JsonObjectTest, NamesThePathOfAKey) {
  EXPECT_THAT(failure([](auto& c) { c.object("inner").object("deep").integer("x", 0, 1); }),
              HasSubstr("config.json: key 'inner.deep.x': expected an integer"));
  EXPECT_EQ(config_.object("inner").path_of("deep"), "inner.deep");
}

TEST_F(JsonObjectTest, RefusesOtherThanObjects) {
  const Json list = parse_json("[]", "x");
  EXPECT_EQ(error_of([&] { JsonObject(list, "config.json"); }), "config.json: expected an object, found an array");
}

// One vocabulary is read at every start of the program.
TEST(Json, ReadsVocabularyOfTheReference) {
  FBERT_REQUIRE_SHARED_DATA(data);
  const auto path = data / "vocab" / "bert-base-uncased" / "tokenizer.json";
  const Json tokenizer = load_json(path);
  EXPECT_EQ(tokenizer["model"]["vocab"].size(), 30522u);
  std::ifstream in(path);
  EXPECT_EQ(tokenizer, nlohmann::json::parse(in));
}

}  // namespace
}  // namespace fbert::testing::json_test
