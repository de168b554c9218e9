#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tokenizer/unicode.h"

namespace fbert {

// The options of Hugging Face's BertNormalizer. With none of them a text stays as it is.
struct BertNormalizerOptions {
  bool clean_text = true;            // delete controls, turn white space into spaces
  bool handle_chinese_chars = true;  // put spaces around ideographs
  bool strip_accents = true;         // canonical decomposition without the non-spacing marks
  bool lowercase = true;             // code point by code point
};

// A combining mark that waits for canonical ordering.
struct PendingMark {
  uint64_t order;  // combining class, then arrival
  char32_t c;
  bool inserted;  // not the first code point of its decomposition
};

// A normalised text and, for each of its bytes, the index of the original code point it came from.
struct NormalizedText {
  std::string bytes;
  std::vector<int32_t> origin;

  // Working memory of the normaliser, here to be reused: the marks that wait, and the indices of those that are not
  // inserted, in text order.
  std::vector<PendingMark> marks;
  std::vector<int32_t> mark_origins;

  void clear() {
    bytes.clear();
    origin.clear();
    marks.clear();
    mark_origins.clear();
  }
};

// BertNormalizer, in one pass: clean, isolate ideographs, decompose and strip marks, lower-case. Time is linear in the
// text, but for runs of combining marks that are kept, which are sorted.
class BertNormalizer {
 public:
  explicit BertNormalizer(const BertNormalizerOptions& options = {});

  // Replaces `out` by the normalised `text` (well-formed UTF-8), whose first code point has the index `first`. Returns
  // the index after the last code point.
  int32_t normalize(std::string_view text, int32_t first, NormalizedText& out) const;

 private:
  class Pass;

  BertNormalizerOptions options_;
  std::array<unsigned char, 128> ascii_;  // what an ASCII character becomes; kDropped when it is deleted
};

// What a tokenizer may normalise with. Each has normalize() as above.
using Normalizer = std::variant<BertNormalizer>;

inline int32_t normalize(const Normalizer& normalizer, std::string_view text, int32_t first, NormalizedText& out) {
  return std::visit([&](const auto& one) { return one.normalize(text, first, out); }, normalizer);
}

}  // namespace fbert
