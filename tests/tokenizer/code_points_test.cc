// All 1,112,064 Unicode scalar values against the reference, by tests/golden/tokenizer/code_points.tsv.
#include <fstream>
#include <sstream>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "loader/utf8.h"
#include "tests/support/paths.h"
#include "tests/tokenizer/support.h"

namespace fbert::code_points_test {
namespace {

constexpr char32_t kLastCodePoint = 0x10FFFF;

bool is_surrogate(char32_t c) { return c >= 0xD800 && c <= 0xDFFF; }

std::string utf8(char32_t c) {
  char bytes[4];
  return std::string(bytes, write_utf8(c, bytes));
}

// The vocabulary of scripts/tokenizer_oracle/code_points.js: every code point c begins a word as the token c + 1 and
// continues one as the token c + 1 + 0x110000, so that the ids show the normalised text.
Tokenizer all_code_points(bool lowercase) {
  constexpr size_t kBytes = size_t{16} << 20;
  Vocabulary vocabulary("all code points", kBytes);
  vocabulary.add("[UNK]", 0);
  for (char32_t c = 0; c <= kLastCodePoint; ++c) {
    if (is_surrogate(c)) continue;
    vocabulary.add(utf8(c), c + 1);
    vocabulary.add("##" + utf8(c), c + 1 + 0x110000);
  }
  TokenizerSpec spec;
  spec.model = WordPiece(std::move(vocabulary), "[UNK]", "##", 100);
  spec.normalizer = BertNormalizer({.strip_accents = lowercase, .lowercase = lowercase});
  spec.post_processor = plain_template();
  return Tokenizer(std::move(spec));
}

struct Block {
  std::string digest;
  std::string encodings;  // readable, as code_points.js prints them for one block
};

Block encode_block(const Tokenizer& tokenizer, std::string_view name, char32_t first) {
  Block block;
  testing::Digest digest;
  Encoding encoding;
  for (char32_t c = first; c < first + 256; ++c) {
    for (const bool inside : {false, true}) {
      tokenizer.encode_into(inside ? "a" + utf8(c) + "b" : utf8(c), {}, encoding);
      const std::string line = testing::canonical(encoding) + "\n";
      digest.add(line);
      fmt::format_to(std::back_inserter(block.encodings), "{} U+{:x} {} {}", name, static_cast<uint32_t>(c),
                     inside ? "a_b" : "alone", line);
    }
  }
  block.digest = digest.hex();
  return block;
}

void compare_all(bool lowercase) {
  const auto path = testing::source_dir() / "tests/golden/tokenizer/code_points.tsv";
  std::ifstream golden(path);
  ASSERT_TRUE(golden.is_open()) << path;
  const Tokenizer tokenizer = all_code_points(lowercase);
  const std::string_view name = lowercase ? "uncased" : "cased";
  size_t code_points = 0;
  size_t differing = 0;
  for (std::string line; std::getline(golden, line);) {
    if (line.starts_with("#")) continue;
    std::string first_text, uncased, cased;
    std::istringstream(line) >> first_text >> uncased >> cased;
    const auto first = static_cast<char32_t>(std::stoul(first_text, nullptr, 16));
    const Block block = encode_block(tokenizer, name, first);
    code_points += 256;
    if (block.digest == (lowercase ? uncased : cased)) continue;
    if (differing++ == 0) {
      ADD_FAILURE() << "block " << first_text << " differs; `node scripts/tokenizer_oracle/code_points.js "
                    << first_text << "` prints the reference's encodings, and these are ours:\n"
                    << block.encodings;
    }
  }
  EXPECT_EQ(differing, 0U) << "blocks of 256 code points";
  EXPECT_EQ(code_points, 1'112'064U);
}

TEST(CodePoints, UncasedEqualsTheReferenceForEveryScalarValue) { compare_all(true); }
TEST(CodePoints, CasedEqualsTheReferenceForEveryScalarValue) { compare_all(false); }

}  // namespace
}  // namespace fbert::code_points_test
