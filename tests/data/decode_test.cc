#include "data/decode.h"

#include <gmock/gmock.h>
#include <zlib.h>

#include "data/input.h"
#include "tests/cli/rows.h"
#include "tests/support/gzip.h"

namespace fbert::decode_test {
namespace {

using ::testing::ElementsAre;
using testing::error_of;
using testing::gzipped;
using ::testing::HasSubstr;
using testing::kChunkSizes;
using namespace std::string_literals;

std::string text_of(const std::string& bytes, size_t chunk_bytes = Input::kChunkBytes) {
  Input input = Input::from_string(bytes, "data", chunk_bytes);
  return read_all(input, size_t{1} << 30);
}

std::string error_in(const std::string& bytes) {
  return error_of([&] { text_of(bytes); });
}

// UTF-16 or UTF-32 of code points, each in units of `bytes` bytes.
std::string units(const std::vector<uint32_t>& values, size_t bytes, bool big_endian) {
  std::string out;
  for (const uint32_t value : values) {
    for (size_t i = 0; i < bytes; ++i) out += static_cast<char>(value >> 8 * (big_endian ? bytes - 1 - i : i));
  }
  return out;
}

TEST(Decode, ReadsUtf16AndUtf32ByTheirByteOrderMarks) {
  const std::string expected = "a\r\n\xC3\xA9\xE4\xBD\xA0\xF0\x9F\x98\x80\n";
  for (const bool big : {false, true}) {
    const std::string utf16 = units({0xFEFF, 'a', '\r', '\n', 0xE9, 0x4F60, 0xD83D, 0xDE00, '\n'}, 2, big);
    const std::string utf32 = units({0xFEFF, 'a', '\r', '\n', 0xE9, 0x4F60, 0x1F600, '\n'}, 4, big);
    for (const size_t chunk : kChunkSizes) {
      EXPECT_EQ(text_of(utf16, chunk), expected) << chunk;
      EXPECT_EQ(text_of(utf32, chunk), expected) << chunk;
    }
  }
}

TEST(Decode, MarksWhatIsNoCharacter) {
  EXPECT_EQ(text_of(units({0xFEFF, 'a', 0xD83D, 'b', 0xDE00, 0xD83D}, 2, false)),
            "a\xFF"
            "b\xFF\xFF");
  EXPECT_EQ(text_of(units({0xFEFF, 'a', 0x110000, 0xD800}, 4, true)), "a\xFF\xFF");
}

TEST(Decode, RefusesTextThatIsCut) {
  EXPECT_EQ(error_in(units({0xFEFF, 'a'}, 2, false) + "b"),
            "1: data: the UTF-16 text ends within a character: the file is cut");
  EXPECT_THAT(error_in(units({0xFEFF, 'a'}, 4, false) + "b"), HasSubstr("UTF-32 text ends within"));
}

TEST(Decode, ReadsGzipOfSeveralMembersAndPadding) {
  const std::string member = gzipped("one\n");
  for (const size_t chunk : kChunkSizes) EXPECT_EQ(text_of(member + gzipped("two\n"), chunk), "one\ntwo\n");
  EXPECT_EQ(text_of(member + gzipped("") + std::string(600, '\0')), "one\n");
  EXPECT_EQ(text_of(gzipped("")), "");
  const std::string large(3'000'000, 'x');
  EXPECT_TRUE(text_of(gzipped(large)) == large);
}

TEST(Decode, NamesGzipThatIsCutOrCorrupt) {
  const std::string whole = gzipped("Great film, " + std::string(500, 'x') + "\n");
  for (size_t size = 2; size < whole.size(); ++size) {
    EXPECT_EQ(error_in(whole.substr(0, size)), "1: data: the gzip data ends before its end: the file is cut") << size;
  }
  std::string corrupt = whole;
  corrupt[whole.size() - 6] = static_cast<char>(corrupt[whole.size() - 6] ^ 1);
  EXPECT_THAT(error_in(corrupt), HasSubstr("the gzip data is corrupt: incorrect data check"));
  EXPECT_THAT(error_in(whole + "rest"), HasSubstr("the gzip data is corrupt"));
}

TEST(Decode, LooksAgainBehindGzip) {
  EXPECT_EQ(text_of(gzipped("\xEF\xBB\xBF"
                            "a\n")),
            "a\n");
  EXPECT_EQ(text_of(gzipped(units({0xFEFF, 'a', '\n'}, 2, false))), "a\n");
  EXPECT_EQ(text_of(gzipped("a\rb\r")), "a\nb\n");
  EXPECT_THAT(error_in(gzipped("%PDF-1.4\n")), HasSubstr("a PDF document"));
  EXPECT_THAT(error_in(gzipped(gzipped("a"))), HasSubstr("gzip within gzip"));
}

TEST(Decode, TakesCrForLineEndsWhereThereIsNoLf) {
  for (const size_t chunk : kChunkSizes) {
    EXPECT_EQ(text_of("text,label\rGreat film,1\rDull,0\r", chunk), "text,label\nGreat film,1\nDull,0\n");
    EXPECT_EQ(text_of("a\rb\n", chunk), "a\rb\n");
    EXPECT_EQ(text_of("\xEF\xBB\xBF"
                      "a\r\rb",
                      chunk),
              "a\n\nb");
  }
  EXPECT_THAT(error_in("text\ra good film\ra bad film\n"), HasSubstr("most of its lines end with CR"));
  EXPECT_THAT(error_in("a\rb\rc\rd\re\r\n"), HasSubstr("most of its lines end with CR"));
  EXPECT_EQ(text_of("a,\"b\rc\rd\re\"\n"), "a,\"b\rc\rd\re\"\n");
  const std::string late = "a\r" + std::string(Input::kChunkBytes, 'x') + "\r\nb\rc\n";
  EXPECT_EQ(text_of(late, 3), "a\n" + std::string(Input::kChunkBytes, 'x') + "\nb\nc\n");
}

}  // namespace
}  // namespace fbert::decode_test
