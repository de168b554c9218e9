#include "tokenizer/vocabulary.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "fbert/error.h"

namespace fbert {
namespace {

constexpr int64_t kSmallestIdLimit = 65'536;
// The largest WordPiece vocabulary that is known, of LaBSE, has 501,153 entries. A table of this many ids is 24 MiB.
constexpr int64_t kLargestIdLimit = 2'500'000;
constexpr int kInitialSlotsLog2 = 12;
// A run of this many occupied slots cannot arise from words; it is the work of somebody who knows the hash.
constexpr size_t kMaxProbes = 4096;

uint32_t tag_of(uint64_t hash) { return static_cast<uint32_t>(hash >> 16); }

}  // namespace

Vocabulary::Vocabulary(std::string source, size_t bytes)
    : source_(std::move(source)),
      id_limit_(std::clamp(static_cast<int64_t>(bytes), kSmallestIdLimit, kLargestIdLimit)) {
  bytes_.reserve(bytes);
}

void Vocabulary::add(std::string_view token, int64_t id) {
  if (id < 0 || id >= id_limit_) {
    fail(token, fmt::format("expected an id from 0 to {}, found {}", id_limit_ - 1, id));
  }
  if (static_cast<size_t>(id) >= by_id_.size()) by_id_.resize(static_cast<size_t>(id) + 1);
  Text& text = by_id_[static_cast<size_t>(id)];
  if (text.present)
    fail(token, fmt::format("the id {} belongs to {} already", id, escaped(this->token(static_cast<int32_t>(id)))));
  if (2 * (count_ + 1) > slots_.size()) grow();
  const uint64_t token_hash = hash(token);
  Slot& slot = slots_[slot_of(token, token_hash)];
  if (slot.id >= 0) {
    by_id_[static_cast<size_t>(slot.id)] = {};
  } else {
    ++count_;
  }
  slot = {tag_of(token_hash), static_cast<int32_t>(id)};
  text = {static_cast<uint32_t>(bytes_.size()), static_cast<uint32_t>(token.size()), true};
  bytes_.append(token);
  longest_ = std::max(longest_, token.size());
}

size_t Vocabulary::slot_of(std::string_view token, uint64_t hash) const {
  const size_t mask = slots_.size() - 1;
  size_t slot = first_slot(hash);
  for (size_t probes = 0; slots_[slot].id >= 0; slot = (slot + 1) & mask) {
    if (slots_[slot].tag == tag_of(hash) && this->token(slots_[slot].id) == token) break;
    if (++probes > kMaxProbes) fail(token, "too many tokens with the same hash");
  }
  return slot;
}

void Vocabulary::grow() {
  const int log2 = slots_.empty() ? kInitialSlotsLog2 : 65 - shift_;
  shift_ = 64 - log2;
  slots_.assign(size_t{1} << log2, {});
  for (size_t id = 0; id < by_id_.size(); ++id) {
    if (!by_id_[id].present) continue;
    const std::string_view text = token(static_cast<int32_t>(id));
    const uint64_t text_hash = hash(text);
    slots_[slot_of(text, text_hash)] = {tag_of(text_hash), static_cast<int32_t>(id)};
  }
}

int32_t Vocabulary::find(std::string_view token) const { return find({}, token, hash(token)); }

int32_t Vocabulary::find(std::string_view prefix, std::string_view rest, uint64_t hash) const {
  if (slots_.empty()) return -1;
  const size_t mask = slots_.size() - 1;
  for (size_t slot = first_slot(hash); slots_[slot].id >= 0; slot = (slot + 1) & mask) {
    if (slots_[slot].tag != tag_of(hash)) continue;
    const std::string_view text = token(slots_[slot].id);
    if (text.size() == prefix.size() + rest.size() && text.starts_with(prefix) && text.ends_with(rest)) {
      return slots_[slot].id;
    }
  }
  return -1;
}

std::string_view Vocabulary::token(int32_t id) const {
  if (id < 0 || static_cast<size_t>(id) >= by_id_.size()) return {};
  const Text& text = by_id_[static_cast<size_t>(id)];
  return std::string_view(bytes_).substr(text.begin, text.length);
}

bool Vocabulary::has(int32_t id) const {
  return id >= 0 && static_cast<size_t>(id) < by_id_.size() && by_id_[static_cast<size_t>(id)].present;
}

void Vocabulary::fail(std::string_view token, const std::string& problem) const {
  throw Error(ErrorCode::kData, fmt::format("{}: token {}: {}", source_, escaped(token), problem));
}

}  // namespace fbert
