#include "loader/sha256.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace fbert::sha256_test {
namespace {

std::string sha256(std::string_view text, size_t piece = SIZE_MAX) {
  Sha256 hash;
  for (size_t i = 0; i < text.size(); i += std::min(piece, text.size() - i)) {
    hash.update(std::as_bytes(std::span(text.substr(i, piece))));
  }
  return hash.hex();
}

// The examples that NIST publishes with FIPS 180-4, and the empty message.
TEST(Sha256, AgreesWithThePublishedExamples) {
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256(std::string(1'000'000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesDoNotMatter) {
  for (size_t size = 0; size < 200; ++size) {
    const std::string text(size, 'x');
    for (const size_t piece : std::initializer_list<size_t>{1, 7, 55, 63, 64, 65})
      ASSERT_EQ(sha256(text, piece), sha256(text)) << size;
  }
}

}  // namespace
}  // namespace fbert::sha256_test
