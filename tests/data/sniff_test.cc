#include "data/sniff.h"

#include <gmock/gmock.h>

#include "data/input.h"
#include "data/reader.h"
#include "tests/cli/rows.h"

namespace fbert::sniff_test {
namespace {

using testing::error_of;
using ::testing::HasSubstr;
using testing::kChunkSizes;
using namespace std::string_literals;

std::string refusal(const std::string& bytes) { return sniff(bytes).refusal; }

TEST(Sniff, NamesWhatIsNoTextAndWhatToDo) {
  const std::pair<std::string, const char*> files[] = {
      {"PK\x03\x04\x14\0\0\0[Content_Types].xml ... xl/workbook.xml"s,
       "Excel workbook (xlsx), not text; save the sheet"},
      {"PK\x03\x04\x14\0\0\0word/document.xml"s, "Word document"},
      {"PK\x03\x04\x14\0\0\0reviews.csv"s, "ZIP archive, not text; unpack it"},
      {"PK\x05\x06\0\0"s, "ZIP archive"},
      {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0\0"s, "old Excel"},
      {"PAR1\x15\x04\x15\x10"s, "Parquet"},
      {"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n", "PDF"},
      {"version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 267\n", "git lfs pull"},
      {"version https://git-lfs.github.com/spec/v1\r\noid sha256:4d\r\n", "git lfs pull"},
      {"\x28\xB5\x2F\xFD\x04", "zstd -d"},
      {"BZh91AY&SY\x01", "bunzip2"},
      {"\xFD\x37zXZ\0\0\x04"s, "xz -d"},
      {"7z\xBC\xAF\x27\x1C\0"s, "7z archive"},
      {"SQLite format 3\0\x10\0"s, "SQLite"},
      {"ARROW1\0\0\xFF\xFF"s, "Feather"},
      {"ORC\x08\x03\x10\x01", "ORC"},
      {"Obj\x01\x04\x14", "Avro"},
      {"\x89HDF\r\n\x1A\n\0"s, "HDF5"},
      {"\x93NUMPY\x01\0"s, "NumPy"},
      {"reviews.csv" + std::string(246, '\0') + "ustar\0"s, "tar archive"},
      {"\x89PNG\r\n\x1A\n", "PNG"},
      {"\xFF\xD8\xFF\xE0", "JPEG"},
      {"\x7F"
       "ELF\x02\x01",
       "ELF"},
      {"(lp0\n(dp1\nVtext\n", "pickle"},
      {"]q\0(}q\x01(X\x04\0\0\0text"s, "pickle"},
      {"o\0k\0\n\0"s, "iconv -f UTF-16LE"},
      {"\0o\0k\0\n"s, "iconv -f UTF-16BE"},
      {"G\0r\0e\0a\0t\0\n\0"s, "iconv -f UTF-16LE"},
      {"\0G\0r\0e\0a\0t\0\n"s, "iconv -f UTF-16BE"},
      // Cyrillic, with spaces
      {"\x1E\x04\x42\x04\x3B\x04\x38\x04\x47\x04\x3D\x04\x3E\x04 \0\x44\x04\x38\x04\x3B\x04\x4C\x04\x3C\x04"s,
       "UTF-16LE"},
      // Chinese: no NULs but in line ends, and a line feed in a character
      {"\xD9\x8F\xE8\x90\x35\x75\x71\x5F\x88\x5F\x7D\x59\n\0"s, "UTF-16LE"},
      {"\x8F\xD9\x90\xE8\x75\x35\x5F\x71\x5F\x88\x59\x7D\0\n"s, "UTF-16BE"},
      {"\n\x4E\x20\x66\x88\x5F\n\0"s, "UTF-16LE"},
      {"G\0\0\0r\0\0\0e\0\0\0a\0\0\0t\0\0\0"s, "UTF-32"},
      {"\x01\x02\x03\x04\xF0\x90 some \xC0 bytes \x05", "binary file"},
      {"\x08\x07\x12\x0B\x01 torch \x02\x03\x04\x05\x06\x0E\x0F", "binary file"}};
  for (const auto& [bytes, what] : files) {
    EXPECT_EQ(sniff(bytes).kind, ByteKind::kRefused) << what;
    EXPECT_THAT(refusal(bytes), HasSubstr(what));
  }
}

TEST(Sniff, LeavesTextsAlone) {
  for (const std::string& text :
       {""s, "\n"s, "Great film\n"s, "a\0b\n"s, "a\0b\n\0"s, "text,label\na\0b,1\n"s, "BMW is nice \xE9\n"s,
        "MZ and PARIS\n"s, "ORCHESTRA\n"s, "PAR1 is a gene, ID3 a tag, %PDF-1.4 a mark\n"s, "%PDF-1.4 begins a PDF\n"s,
        "PK is a player\n"s, "\x1B[1mbold\x1B[0m caf\xE9\n"s, "na\xEFve d\xE9j\xE0 vu\n"s,
        "\xC4\xE3\xBA\xC3\xCA\xC0\xBD\xE7\n"s,
        "1\x01"
        "2\x01"
        "3\n"s,
        "version https://git-lfs.github.com is a line\n"s, "\xE4\xBD\xA0\xE5\xA5\xBD\n"s, "\f\v page\x1A"s}) {
    EXPECT_EQ(sniff(text).kind, ByteKind::kText) << text << ": " << refusal(text);
  }
}

TEST(Sniff, KnowsByteOrderMarks) {
  EXPECT_EQ(sniff("\xFF\xFE"
                  "a\0"s)
                .kind,
            ByteKind::kUtf16Le);
  EXPECT_EQ(sniff("\xFE\xFF\0a"s).kind, ByteKind::kUtf16Be);
  EXPECT_EQ(sniff("\xFF\xFE\0\0a\0\0\0"s).kind, ByteKind::kUtf32Le);
  EXPECT_EQ(sniff("\0\0\xFE\xFF\0\0\0a"s).kind, ByteKind::kUtf32Be);
  EXPECT_EQ(sniff("\xEF\xBB\xBF"
                  "a")
                .mark_bytes,
            3U);
  EXPECT_EQ(sniff("\x1F\x8B\x08").kind, ByteKind::kGzip);
}

TEST(Sniff, WaitsOnlyWhileMoreBytesMayTellMore) {
  for (const std::string& head :
       {"\xEF"s, "\xFF\xFE"s, "\x89PNG\r\n"s, "%PD"s, "PK\x03\x04\n"s, "version https://git"s}) {
    EXPECT_TRUE(may_change(head)) << head;
  }
  for (const std::string& head : {"a\n"s, "BMW\n"s, "caf\xE9\n"s, "ORC\n"s, "version 2\n"s, "\xE4\xBD\xA0\n"s}) {
    EXPECT_FALSE(may_change(head)) << head;
  }
}

TEST(Sniff, EveryReaderRefusesWhatIsNoText) {
  for (const Format format : {Format::kLines, Format::kCsv, Format::kTsv, Format::kJsonl, Format::kJson}) {
    for (const size_t chunk : kChunkSizes) {
      const ReaderOptions options{.chunk_bytes = chunk};
      const auto read = [&] { testing::read_examples("PAR1\x15\x04\x15\x10"s, format, options); };
      EXPECT_EQ(error_of(read), "1: data: this is a Parquet file, not text; write the table as CSV or JSONL");
    }
  }
}

}  // namespace
}  // namespace fbert::sniff_test
