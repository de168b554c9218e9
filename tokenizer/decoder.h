#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace fbert {

// Tokens with spaces between them: of a tokenizer file without a decoder.
struct SpaceDecoder {
  std::string join(const std::vector<std::string_view>& tokens) const;
};

// Hugging Face's WordPiece decoder.
struct WordPieceDecoder {
  std::string prefix = "##";  // of continuations
  bool cleanup = true;        // no space before punctuation and in English contractions

  std::string join(const std::vector<std::string_view>& tokens) const;
};

// What a tokenizer may make text of tokens with. Each has join() as above.
using Decoder = std::variant<WordPieceDecoder, SpaceDecoder>;

}  // namespace fbert
