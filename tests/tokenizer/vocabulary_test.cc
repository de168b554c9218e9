#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "fbert/error.h"
#include "tokenizer/vocabulary.h"
#include "tokenizer/wordpiece.h"

namespace fbert::vocabulary_test {
namespace {

TEST(Vocabulary, FindsWhatWasAdded) {
  Vocabulary vocabulary;
  constexpr int kTokens = 50'000;
  for (int i = 0; i < kTokens; ++i) vocabulary.add(fmt::format("token {}", i), i);
  EXPECT_EQ(vocabulary.size(), kTokens);
  EXPECT_EQ(vocabulary.token_count(), static_cast<size_t>(kTokens));
  for (int i = 0; i < kTokens; ++i) {
    ASSERT_EQ(vocabulary.find(fmt::format("token {}", i)), i);
    ASSERT_EQ(vocabulary.token(i), fmt::format("token {}", i));
  }
  EXPECT_EQ(vocabulary.find("token 50000"), -1);
  EXPECT_EQ(vocabulary.find(""), -1);
}

TEST(Vocabulary, FindsByPrefixAndRest) {
  Vocabulary vocabulary;
  vocabulary.add("##ing", 3);
  const uint64_t hash = Vocabulary::hash("ing", Vocabulary::hash("##"));
  EXPECT_EQ(vocabulary.find("##", "ing", hash), 3);
  EXPECT_EQ(vocabulary.find("##", "in", hash), -1);
  EXPECT_EQ(vocabulary.find("", "##ing", Vocabulary::hash("##ing")), 3);
}

TEST(Vocabulary, ATokenThatMovesLeavesItsOldIdEmpty) {
  Vocabulary vocabulary;
  vocabulary.add("a", 0);
  vocabulary.add("a", 5);
  EXPECT_EQ(vocabulary.find("a"), 5);
  EXPECT_FALSE(vocabulary.has(0));
  EXPECT_TRUE(vocabulary.has(5));
  EXPECT_FALSE(vocabulary.has(6));
  EXPECT_EQ(vocabulary.token_count(), 1U);
  EXPECT_EQ(vocabulary.size(), 6);
  vocabulary.add("b", 0);
  EXPECT_EQ(vocabulary.token(0), "b");
}

TEST(Vocabulary, RefusesIdsThatItsFileCannotJustify) {
  Vocabulary small("file", 10);
  EXPECT_NO_THROW(small.add("a", 65'535));
  EXPECT_THROW(small.add("b", 65'536), Error);
  Vocabulary large("file", 1'000'000);
  EXPECT_NO_THROW(large.add("a", 999'999));
  EXPECT_THROW(large.add("b", 1'000'000), Error);
  EXPECT_THROW(large.add("b", INT64_MAX), Error);
  EXPECT_THROW(large.add("b", -1), Error);
  EXPECT_THROW(large.add("b", 999'999), Error);
  Vocabulary huge("file", 33'000'000);
  EXPECT_NO_THROW(huge.add("a", 2'499'999));
  EXPECT_THROW(huge.add("b", 2'500'000), Error);
}

class WordPieceTest : public ::testing::Test {
 protected:
  static WordPiece model(int64_t max_code_points, std::vector<std::string> tokens) {
    Vocabulary vocabulary;
    vocabulary.add("[UNK]", 0);
    for (size_t i = 0; i < tokens.size(); ++i) vocabulary.add(tokens[i], static_cast<int64_t>(i) + 1);
    return WordPiece(std::move(vocabulary), "[UNK]", "##", max_code_points);
  }

  static std::string pieces(const WordPiece& model, std::string_view word) {
    std::vector<Piece> found;
    model.tokenize(word, found);
    std::string text;
    for (const Piece& piece : found) text += fmt::format("{}[{},{}) ", piece.id, piece.begin, piece.end);
    return text;
  }
};

TEST_F(WordPieceTest, TakesTheLongestPieceFromTheLeft) {
  const WordPiece wordpiece = model(100, {"ab", "abc", "##c", "##cd", "##d", "a"});
  EXPECT_EQ(pieces(wordpiece, "ab"), "1[0,2) ");
  EXPECT_EQ(pieces(wordpiece, "abcd"), "2[0,3) 5[3,4) ");
  EXPECT_EQ(pieces(wordpiece, "acd"), "6[0,1) 4[1,3) ");
}

TEST_F(WordPieceTest, AnUnknownRestMakesTheWholeWordUnknown) {
  const WordPiece wordpiece = model(100, {"ab", "##c"});
  EXPECT_EQ(pieces(wordpiece, "abx"), "0[0,3) ");
  EXPECT_EQ(pieces(wordpiece, "abcab"), "0[0,5) ");
  EXPECT_EQ(pieces(wordpiece, "x"), "0[0,1) ");
}

TEST_F(WordPieceTest, NeverCutsACodePoint) {
  const WordPiece wordpiece = model(100, {"\xC3", "##\xA9", "e\u0301"});
  EXPECT_EQ(pieces(wordpiece, "\u00e9"), "0[0,2) ");
  EXPECT_EQ(pieces(wordpiece, "e\u0301"), "3[0,3) ");
}

TEST_F(WordPieceTest, LimitsTheWordInCodePoints) {
  const WordPiece wordpiece = model(3, {"\u00e9", "##\u00e9", "aaaa"});
  EXPECT_EQ(pieces(wordpiece, "\u00e9\u00e9\u00e9"), "1[0,2) 2[2,4) 2[4,6) ");
  EXPECT_EQ(pieces(wordpiece, "\u00e9\u00e9\u00e9\u00e9"), "0[0,8) ");
  EXPECT_EQ(pieces(wordpiece, "aaaa"), "0[0,4) ");
}

TEST_F(WordPieceTest, FindsPiecesLongerThanABlockOfHashes) {
  const std::string longest(300, 'a');
  const WordPiece wordpiece = model(1000, {"a", longest, "##" + longest, "##a", longest.substr(0, 128)});
  EXPECT_EQ(pieces(wordpiece, longest), "2[0,300) ");
  EXPECT_EQ(pieces(wordpiece, longest + longest), "2[0,300) 3[300,600) ");
  EXPECT_EQ(pieces(wordpiece, longest.substr(0, 130)), "5[0,128) 4[128,129) 4[129,130) ");
}

}  // namespace
}  // namespace fbert::vocabulary_test
