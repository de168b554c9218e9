#include "fbert/batch.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "fbert/error.h"

namespace fbert {
namespace {

constexpr size_t kMostTokens = std::numeric_limits<int32_t>::max();  // cu_seqlens counts in 32 bits

void check_range(std::span<const int32_t> values, int32_t limit, const char* what) {
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] < 0 || values[i] >= limit) {
      throw Error(ErrorCode::kData,
                  fmt::format("{} {} at position {} is outside the model's 0 to {}", what, values[i], i, limit - 1));
    }
  }
}

// DistilBERT has no type embedding; the types of a pair are accepted and have no effect.
int32_t accepted_types(const ModelConfig& config) { return config.type_vocab_size > 0 ? config.type_vocab_size : 2; }

}  // namespace

PackedBatch::PackedBatch(const ModelConfig& config)
    : vocab_size_(config.vocab_size),
      type_vocab_size_(accepted_types(config)),
      max_length_(config.max_position_embeddings),
      cu_seqlens_{0} {}

bool PackedBatch::is_for(const ModelConfig& config) const {
  return vocab_size_ == config.vocab_size && type_vocab_size_ == accepted_types(config) &&
         max_length_ == config.max_position_embeddings;
}

void PackedBatch::clear() {
  token_ids_.clear();
  type_ids_.clear();
  cu_seqlens_.resize(1);
  max_sequence_ = 0;
}

void PackedBatch::reserve(size_t tokens, size_t sequences) {
  token_ids_.reserve(tokens);
  type_ids_.reserve(tokens);
  cu_seqlens_.reserve(sequences + 1);
}

void PackedBatch::add(std::span<const int32_t> ids, std::span<const int32_t> type_ids) {
  if (ids.empty()) throw Error(ErrorCode::kData, "a sequence has no tokens");
  if (ids.size() > static_cast<size_t>(max_length_)) {
    throw Error(ErrorCode::kData,
                fmt::format("a sequence has {} tokens, the model allows {}", ids.size(), max_length_));
  }
  if (!type_ids.empty() && type_ids.size() != ids.size()) {
    throw Error(ErrorCode::kData, fmt::format("a sequence has {} tokens but {} type ids", ids.size(), type_ids.size()));
  }
  if (ids.size() > kMostTokens - token_ids_.size()) {
    throw Error(ErrorCode::kData, fmt::format("a batch of {} tokens has no room for {} more, it holds at most {}",
                                              token_ids_.size(), ids.size(), kMostTokens));
  }
  check_range(ids, vocab_size_, "token id");
  check_range(type_ids, type_vocab_size_, "type id");

  token_ids_.insert(token_ids_.end(), ids.begin(), ids.end());
  type_ids_.insert(type_ids_.end(), type_ids.begin(), type_ids.end());
  type_ids_.resize(token_ids_.size(), 0);
  cu_seqlens_.push_back(tokens());
  max_sequence_ = std::max(max_sequence_, static_cast<int32_t>(ids.size()));
}

void PackedBatch::assign(const PackedBatch& batch, int32_t first, int32_t last) {
  clear();
  const auto starts = batch.cu_seqlens().subspan(static_cast<size_t>(first), static_cast<size_t>(last - first) + 1);
  token_ids_.assign(batch.token_ids_.begin() + starts.front(), batch.token_ids_.begin() + starts.back());
  type_ids_.assign(batch.type_ids_.begin() + starts.front(), batch.type_ids_.begin() + starts.back());
  for (size_t i = 1; i < starts.size(); ++i) {
    cu_seqlens_.push_back(starts[i] - starts[0]);
    max_sequence_ = std::max(max_sequence_, starts[i] - starts[i - 1]);
  }
}

}  // namespace fbert
