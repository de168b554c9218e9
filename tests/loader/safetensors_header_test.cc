// The JSON of a header: its grammar and its names.
#include <array>

#include "loader/safetensors_header.h"
#include "tests/loader/safetensors_bytes.h"

namespace fbert::testing::safetensors_header_test {
namespace {

using namespace std::string_literals;
using ::testing::HasSubstr;
using ::testing::Not;

// A file of one tensor `a` whose entry has this text, with one byte of data.
std::string with_entry(std::string_view text) { return file_of(fmt::format(R"({{"a":{{{}}}}})", text), "x"); }

TEST(SafeTensorsHeader, RejectsInvalidUtf8) {
  expect_rejected(file_with({entry("a\xFF", "U8", "[1]", 0, 1)}, 1), {"byte 3", "invalid UTF-8"});
  expect_rejected(file_with({entry("\xC0\x80", "U8", "[1]", 0, 1)}, 1), {"invalid UTF-8"});
  expect_rejected(file_with({entry("\xED\xA0\x80", "U8", "[1]", 0, 1)}, 1), {"invalid UTF-8"});
  expect_rejected(with_entry("\"dt\xFFype\":\"U8\""), {"tensor 'a'", "invalid UTF-8"});
  expect_rejected(file_of("{\xFF}"), {"byte 1"});
}

TEST(SafeTensorsHeader, RejectsLoneSurrogates) {
  for (const char* name : {R"(\ud800)", R"(\udc00)", R"(\ud800x)", R"(\ud800\u0041)", R"(\ud800\ud800)"}) {
    expect_rejected(file_with({entry(name, "U8", "[1]", 0, 1)}, 1), {"lone surrogate"});
  }
}

TEST(SafeTensorsHeader, KeepsEscapedCharactersOfNames) {
  const SafeTensors file =
      expect_accepted(file_with({entry(R"(a\u0000b)", "U8", "[1]", 0, 1), entry("a", "U8", "[1]", 1, 2),
                                 entry(R"(\ud83d\ude00\n)", "U8", "[1]", 2, 3)},
                                3));
  EXPECT_NE(file.find("a\0b"s), nullptr);
  EXPECT_NE(file.find("a"), nullptr);
  EXPECT_NE(file.find("\xF0\x9F\x98\x80\n"), nullptr);
  EXPECT_EQ(file.find("a\0"s), nullptr);
}

TEST(SafeTensorsHeader, RejectsDuplicateTensors) {
  const std::string a = entry("twice", "U8", "[1]", 0, 1);
  expect_rejected(file_with({a, a}, 1), {"tensor 'twice'", "duplicate key"});
  expect_rejected(file_with({a, entry("twice", "U8", "[1]", 1, 2)}, 2), {"tensor 'twice'", "duplicate key"});
  expect_rejected(file_with({a, entry(R"(t\u0077ice)", "U8", "[1]", 1, 2)}, 2), {"tensor 'twice'", "duplicate key"});
}

TEST(SafeTensorsHeader, RejectsDuplicateKeysElsewhere) {
  expect_rejected(file_of(R"({"__metadata__":{},"__metadata__":{}})"), {"'__metadata__'", "duplicate key"});
  expect_rejected(file_of(R"({"__metadata__":{"k":"1","k":"1"}})"), {"metadata 'k'", "duplicate key"});
  expect_rejected(with_entry(R"("dtype":"U8","shape":[1],"shape":[1],"data_offsets":[0,1])"),
                  {"tensor 'a'", "'shape'", "duplicate key"});
  expect_rejected(with_entry(R"("dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1])"),
                  {"'dtype'", "duplicate"});
  expect_rejected(with_entry(R"("dtype":"U8","shape":[1],"data_offsets":[0,1],"data_offsets":[0,1])"),
                  {"'data_offsets'", "duplicate"});
}

TEST(SafeTensorsHeader, RejectsDeepNesting) {
  const std::string brackets(100'000, '[');
  expect_rejected(file_of(brackets));
  expect_rejected(file_of(R"({"a":)" + brackets), {"tensor 'a'", "expected an object"});
  expect_rejected(file_of(R"({"a":{"shape":)" + brackets), {"tensor 'a'", "'shape'"});
}

TEST(SafeTensorsHeader, RejectsWhatIsNotJson) {
  const std::string good = R"("dtype":"U8","shape":[1],"data_offsets":[0,1])";
  expect_accepted(with_entry(good));
  for (const char* entry_text : {
           R"("dtype":"U8","shape":[1],"data_offsets":[0,1],)",
           R"("dtype":"U8","shape":[1,],"data_offsets":[0,1])",
           R"("dtype":"U8",,"shape":[1],"data_offsets":[0,1])",
           R"("dtype":"U8" "shape":[1],"data_offsets":[0,1])",
           R"("dtype":"U8","shape":[1],"data_offsets":[0 1])",
           R"("dtype" "U8","shape":[1],"data_offsets":[0,1])",
           R"(/* c */"dtype":"U8","shape":[1],"data_offsets":[0,1])",
           R"('dtype':'U8','shape':[1],'data_offsets':[0,1])",
           R"(dtype:"U8","shape":[1],"data_offsets":[0,1])",
           R"("dtype":"U8","shape":[NaN],"data_offsets":[0,1])",
           R"("dtype":"U8","shape":[Infinity],"data_offsets":[0,1])",
           R"("dtype":"U8","shape":[1],"data_offsets":[0,1)",
           "\"dtype\":\"U\n8\",\"shape\":[1],\"data_offsets\":[0,1]",
           R"("dtype":"U\x38","shape":[1],"data_offsets":[0,1])",
           R"("dtype":"U\u38","shape":[1],"data_offsets":[0,1])",
       }) {
    expect_rejected(with_entry(entry_text), {"header: byte "});
  }
  expect_rejected(file_of("{,}"), {"byte 1"});
  expect_rejected(file_of(R"({"__metadata__":{},})"), {"expected a string"});
}

TEST(SafeTensorsHeader, RejectsDimensionsThatAreNoUnsignedIntegers) {
  for (const char* dimension : {"1.0", "1e1", "1E0", "-0", "-1", "01", "+1", "\"4\"", "true", "null", "[1]", "{}",
                                "18446744073709551616", "1e400", "0x1", "1.", ".1", "- 1"}) {
    SCOPED_TRACE(dimension);
    expect_rejected(with_entry(fmt::format(R"("dtype":"U8","shape":[{}],"data_offsets":[0,1])", dimension)),
                    {"tensor 'a'", "'shape'"});
  }
}

TEST(SafeTensorsHeader, RejectsUnknownKeys) {
  expect_rejected(with_entry(R"("dtype":"U8","Shape":[1],"data_offsets":[0,1])"),
                  {"tensor 'a'", "unknown key 'Shape'"});
  expect_rejected(with_entry(R"("dtype":"U8","shape":[1],"data_offsets":[0,1],"extra":0)"), {"unknown key 'extra'"});
  expect_rejected(with_entry(R"("dtype":"U8","shape":[1],"data_offsets":[0,1],"":0)"), {"unknown key ''"});
}

TEST(SafeTensorsHeader, RejectsMissingKeys) {
  expect_rejected(with_entry(R"("shape":[1],"data_offsets":[0,1])"), {"tensor 'a'", "'dtype' is missing"});
  expect_rejected(with_entry(R"("dtype":"U8","data_offsets":[0,1])"), {"tensor 'a'", "'shape' is missing"});
  expect_rejected(with_entry(R"("dtype":"U8","shape":[1])"), {"tensor 'a'", "'data_offsets' is missing"});
  expect_rejected(with_entry(""), {"tensor 'a'", "missing"});
}

TEST(SafeTensorsHeader, RejectsUnknownTypes) {
  for (const char* dtype : {R"("u8")", R"("F8")", R"("")", R"("U8 ")", "8", "null", R"(["U8"])"}) {
    expect_rejected(with_entry(fmt::format(R"("dtype":{},"shape":[1],"data_offsets":[0,1])", dtype)),
                    {"tensor 'a'", "'dtype'"});
  }
}

TEST(SafeTensorsHeader, RejectsShapesThatAreNoArrays) {
  for (const char* shape : {"{}", R"("[1]")", "[[1]]", "1", "null"}) {
    expect_rejected(with_entry(fmt::format(R"("dtype":"U8","shape":{},"data_offsets":[0,1])", shape)),
                    {"tensor 'a'", "'shape'"});
  }
}

TEST(SafeTensorsHeader, RejectsOffsetsThatAreNoPair) {
  for (const char* offsets : {"[]", "[0]", "[0,1,2]", R"(["0","1"])", "[-1,1]", "[0,-1]", "[0.0,1]", "[0,1.0]",
                              "[0,1e0]", "{}", "0", "null", "[0,null]"}) {
    SCOPED_TRACE(offsets);
    expect_rejected(with_entry(fmt::format(R"("dtype":"U8","shape":[1],"data_offsets":{})", offsets)),
                    {"tensor 'a'", "'data_offsets'"});
  }
}

TEST(SafeTensorsHeader, RejectsEntriesThatAreNoObjects) {
  for (const char* value : {"[]", "null", "1", R"("x")"}) {
    expect_rejected(file_of(fmt::format(R"({{"a":{}}})", value)), {"tensor 'a'", "expected an object"});
  }
}

TEST(SafeTensorsHeader, RejectsMetadataOtherThanStrings) {
  for (const char* metadata : {R"("x")", "[]", "null", "1"}) {
    expect_rejected(file_of(fmt::format(R"({{"__metadata__":{}}})", metadata)),
                    {"'__metadata__'", "expected an object"});
  }
  for (const char* value : {"1", "null", "{}", "[]", "true"}) {
    expect_rejected(file_of(fmt::format(R"({{"__metadata__":{{"epoch":{}}}}})", value)),
                    {"metadata 'epoch'", "expected a string"});
  }
}

TEST(SafeTensorsHeader, ReadsMetadata) {
  const SafeTensors file = expect_accepted(file_of(R"({"__metadata__":{"format":"pt","":"","n":"1"}})"));
  EXPECT_THAT(file.metadata(), ::testing::ElementsAre(::testing::Pair("", ""), ::testing::Pair("format", "pt"),
                                                      ::testing::Pair("n", "1")));
}

TEST(SafeTensorsHeader, AcceptsStrangeNamesAndPrintsThemEscaped) {
  const std::string long_name(1 << 20, 'n');
  for (const std::string& name : {""s, long_name, R"(line\nbreak)"s, R"(\u001b[31mred)"s, "../../etc/passwd"s}) {
    EXPECT_EQ(expect_accepted(file_with({entry(name, "U8", "[1]", 0, 1)}, 1)).tensors().size(), 1u);
    expect_rejected(file_with({entry(name, "U8", "[2]", 0, 1)}, 1), {"tensor '"});  // one plain line, see error_of
  }
  expect_rejected(file_with({entry(R"(\u001b[31mred)", "U8", "[2]", 0, 1)}, 1), {R"('\u001b[31mred')"});
  expect_rejected(file_with({entry(long_name, "U8", "[2]", 0, 1)}, 1), {"... (1048576 bytes)"});
}

TEST(SafeTensorsHeader, KnowsEveryType) {
  for (const auto& [name, bits] : std::initializer_list<std::pair<const char*, size_t>>{
           {"BOOL", 8},        {"U8", 8},          {"I8", 8},      {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8},
           {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"I16", 16},    {"U16", 16},    {"F16", 16},    {"BF16", 16},
           {"I32", 32},        {"U32", 32},        {"F32", 32},    {"C64", 64},    {"F64", 64},    {"I64", 64},
           {"U64", 64},        {"F4", 4},          {"F6_E2M3", 6}, {"F6_E3M2", 6}}) {
    SCOPED_TRACE(name);
    const SafeTensors file = expect_accepted(file_with({entry("a", name, "[4]", 0, bits / 2)}, bits / 2));
    EXPECT_STREQ(name_of(file.tensors()[0].dtype), name);
    EXPECT_EQ(bits_of(file.tensors()[0].dtype), bits);
    EXPECT_EQ(size_of(file.tensors()[0].dtype), bits / 8);
  }
}

}  // namespace
}  // namespace fbert::testing::safetensors_header_test
