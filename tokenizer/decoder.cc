#include "tokenizer/decoder.h"

#include <array>
#include <utility>

namespace fbert {
namespace {

// The reference's clean-up, in its order: no space before punctuation, contractions joined. It also shortens
// " do not" to " don't".
constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kCleanup = {{
    {" .", "."},
    {" ?", "?"},
    {" !", "!"},
    {" ,", ","},
    {" ' ", "'"},
    {" n't", "n't"},
    {" 'm", "'m"},
    {" do not", " don't"},
    {" 's", "'s"},
    {" 've", "'ve"},
    {" 're", "'re"},
}};

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

}  // namespace

std::string SpaceDecoder::join(const std::vector<std::string_view>& tokens) const {
  std::string text;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (i > 0) text += ' ';
    text += tokens[i];
  }
  return text;
}

std::string WordPieceDecoder::join(const std::vector<std::string_view>& tokens) const {
  std::string text;
  std::string piece;
  for (size_t i = 0; i < tokens.size(); ++i) {
    piece = tokens[i];
    if (i > 0) {
      if (piece.starts_with(prefix)) {
        piece.erase(0, prefix.size());
      } else {
        piece.insert(piece.begin(), ' ');
      }
    }
    // Token by token, as the reference does: a clean-up never reaches across two tokens.
    if (cleanup) {
      for (const auto& [from, to] : kCleanup) replace_all(piece, from, to);
    }
    text += piece;
  }
  return text;
}

}  // namespace fbert
