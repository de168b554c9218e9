#include "tokenizer/post_processor.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "fbert/error.h"

namespace fbert {
namespace {

TextLengths longest_first(TextLengths lengths, size_t limit) {
  const bool swapped = lengths.first > lengths.second;
  size_t shorter = std::min(lengths.first, lengths.second);
  size_t longer = shorter > limit ? shorter : std::max(shorter, limit - shorter);
  if (shorter + longer > limit) {
    shorter = limit / 2;
    longer = limit - shorter;
  }
  return swapped ? TextLengths{longer, shorter} : TextLengths{shorter, longer};
}

}  // namespace

size_t TemplateProcessing::added(bool is_pair) const {
  size_t count = 0;
  for (const TemplatePiece& piece : pieces(is_pair)) count += piece.ids.size();
  return count;
}

TemplateProcessing bert_template(int32_t cls, int32_t sep) {
  using Kind = TemplatePiece::Kind;
  const TemplatePiece cls_piece{Kind::kSpecial, 0, {cls}};
  const TemplatePiece sep_piece{Kind::kSpecial, 0, {sep}};
  const TemplatePiece last_piece{Kind::kSpecial, 1, {sep}};
  const TemplatePiece first{Kind::kFirst, 0, {}};
  const TemplatePiece second{Kind::kSecond, 1, {}};
  return {{cls_piece, first, sep_piece}, {cls_piece, first, sep_piece, second, last_piece}};
}

TemplateProcessing plain_template() {
  using Kind = TemplatePiece::Kind;
  return {{{Kind::kFirst, 0, {}}}, {{Kind::kFirst, 0, {}}, {Kind::kSecond, 1, {}}}};
}

TextLengths truncated(TextLengths lengths, bool is_pair, size_t limit, Truncation strategy) {
  if (limit == 0) return {};
  const size_t total = lengths.first + lengths.second;
  if (total <= limit) return lengths;
  const size_t excess = total - limit;
  if (strategy == Truncation::kLongestFirst) {
    return is_pair ? longest_first(lengths, limit) : TextLengths{limit, 0};
  }
  if (strategy == Truncation::kOnlySecond && !is_pair) {
    throw Error(ErrorCode::kUsage, fmt::format("truncation only_second: there is no second text, and the text has {} "
                                               "tokens more than the limit",
                                               excess));
  }
  size_t& target = strategy == Truncation::kOnlyFirst ? lengths.first : lengths.second;
  if (target <= excess) {
    throw Error(ErrorCode::kUsage,
                fmt::format("truncation {}: {} tokens are over the limit, but the text to shorten has only {}",
                            strategy == Truncation::kOnlyFirst ? "only_first" : "only_second", excess, target));
  }
  target -= excess;
  return lengths;
}

}  // namespace fbert
