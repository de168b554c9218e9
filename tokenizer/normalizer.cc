#include "tokenizer/normalizer.h"

#include <algorithm>

#include "loader/utf8.h"

namespace fbert {
namespace {

constexpr unsigned char kDropped = 0xFF;

}  // namespace

// The state of one normalize() call.
class BertNormalizer::Pass {
 public:
  Pass(const BertNormalizerOptions& options, int32_t first, NormalizedText& out)
      : options_(options), out_(out), last_origin_(first) {}

  // An original code point at index `index`.
  void add(char32_t c, int32_t index) {
    uint8_t flags = table_.flags(c);
    if (options_.clean_text) {
      if (flags & kRemovedFlag) return;
      if (flags & kSpaceFlag) {
        c = U' ';
        flags = table_.flags(c);
      }
    }
    const bool isolate = options_.handle_chinese_chars && (flags & kIdeographFlag);
    if (isolate) decompose_and_emit(U' ', table_.flags(U' '), index);
    decompose_and_emit(c, flags, index);
    if (isolate) decompose_and_emit(U' ', table_.flags(U' '), index);
  }

  // Marks that wait become final: a starter or the end follows.
  void flush() {
    if (out_.marks.empty()) return;
    if (any_kept_) emit_pending();
    if (!out_.mark_origins.empty()) last_origin_ = out_.mark_origins.back();
    out_.marks.clear();
    out_.mark_origins.clear();
    any_kept_ = false;
  }

  void starter_passed(int32_t origin) { last_origin_ = origin; }

 private:
  void decompose_and_emit(char32_t c, uint8_t flags, int32_t origin) {
    if (!options_.strip_accents) {
      emit(c, flags, origin);
      return;
    }
    if (!(flags & (kDecomposesFlag | kReordersFlag))) {
      flush();
      last_origin_ = origin;
      emit(c, flags, origin);
      return;
    }
    std::array<char32_t, kMaxDecomposition> parts{c};
    const size_t count = flags & kDecomposesFlag ? decompose(c, parts) : 1;
    for (size_t i = 0; i < count; ++i) add_part(parts[i], i > 0, origin);
  }

  // A code point of a decomposition: marks wait, anything else is final.
  void add_part(char32_t c, bool inserted, int32_t origin) {
    const uint8_t flags = table_.flags(c);
    if (flags & kReordersFlag) {
      out_.marks.push_back({uint64_t{combining_class(c)} << 32 | out_.marks.size(), c, inserted});
      if (!inserted) out_.mark_origins.push_back(origin);
      any_kept_ |= !(flags & kMarkFlag);
      return;
    }
    flush();
    if (!inserted) last_origin_ = origin;
    emit(c, flags, last_origin_);
  }

  // The reference hands out origins in the order of the sorted marks, not with the marks: the first mark that is not
  // inserted gets the first origin, and an inserted one shares the origin before it.
  void emit_pending() {
    std::sort(out_.marks.begin(), out_.marks.end(),
              [](const PendingMark& a, const PendingMark& b) { return a.order < b.order; });
    auto next_origin = out_.mark_origins.begin();
    for (const PendingMark& mark : out_.marks) {
      if (!mark.inserted) last_origin_ = *next_origin++;
      emit(mark.c, table_.flags(mark.c), last_origin_);
    }
  }

  void emit(char32_t c, uint8_t flags, int32_t origin) {
    if (options_.strip_accents && (flags & kMarkFlag)) return;
    if (options_.lowercase && (flags & kCasedFlag)) {
      const LowerCase lower = lower_case(c);
      write(lower.first, origin);
      if (lower.second != 0) write(lower.second, origin);
    } else {
      write(c, origin);
    }
  }

  void write(char32_t c, int32_t origin) {
    char bytes[4];
    const size_t length = write_utf8(c, bytes);
    out_.bytes.append(bytes, length);
    out_.origin.insert(out_.origin.end(), length, origin);
  }

  const BertNormalizerOptions& options_;
  const UnicodeTable& table_ = UnicodeTable::get();
  NormalizedText& out_;
  int32_t last_origin_;    // of the last original code point whose decomposition has been emitted
  bool any_kept_ = false;  // some waiting mark survives strip_accents
};

BertNormalizer::BertNormalizer(const BertNormalizerOptions& options) : options_(options) {
  const UnicodeTable& table = UnicodeTable::get();
  for (unsigned char c = 0; c < 128; ++c) {
    const uint8_t flags = table.flags(c);
    ascii_[c] = c;
    if (options.clean_text && (flags & kSpaceFlag)) ascii_[c] = ' ';
    if (options.clean_text && (flags & kRemovedFlag)) ascii_[c] = kDropped;
    if (options.lowercase && c >= 'A' && c <= 'Z') ascii_[c] = static_cast<unsigned char>(c - 'A' + 'a');
  }
}

int32_t BertNormalizer::normalize(std::string_view text, int32_t first, NormalizedText& out) const {
  out.clear();
  out.bytes.reserve(text.size());
  out.origin.reserve(text.size());
  Pass pass(options_, first, out);
  int32_t index = first;
  for (size_t position = 0; position < text.size();) {
    // A deleted character does not part the marks around it, so it must not look like a starter.
    const auto ascii = [&] { return position < text.size() && static_cast<unsigned char>(text[position]) < 0x80; };
    for (; ascii() && ascii_[static_cast<unsigned char>(text[position])] == kDropped; ++position) ++index;
    const size_t run_begin = position;
    while (ascii()) ++position;
    if (position > run_begin) {
      pass.flush();
      size_t size = out.bytes.size();
      out.bytes.resize(size + position - run_begin);
      out.origin.resize(size + position - run_begin);
      for (size_t i = run_begin; i < position; ++i, ++index) {
        const unsigned char mapped = ascii_[static_cast<unsigned char>(text[i])];
        out.bytes[size] = static_cast<char>(mapped);
        out.origin[size] = index;
        size += mapped != kDropped;
      }
      out.bytes.resize(size);
      out.origin.resize(size);
      pass.starter_passed(out.origin.back());
    }
    if (position < text.size()) pass.add(next_code_point(text, position), index++);
  }
  pass.flush();
  return index;
}

}  // namespace fbert
