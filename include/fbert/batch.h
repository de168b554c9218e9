#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fbert/config.h"
#include "fbert/export.h"

namespace fbert {

// Token sequences one after another, without padding. add() checks every token against the model, so that
// a batch that exists can always be run.
class FBERT_API PackedBatch {
 public:
  explicit PackedBatch(const ModelConfig& config);

  void clear();
  void reserve(size_t tokens, size_t sequences);

  // Appends a sequence. Throws kData when it is empty, longer than max_position_embeddings, or holds an id or type id
  // that the embedding tables do not have, or when the batch would hold more than 2^31 - 1 tokens. type_ids may be
  // empty: all zero.
  void add(std::span<const int32_t> ids, std::span<const int32_t> type_ids = {});

  // Becomes the sequences [first, last) of another batch of the same model.
  void assign(const PackedBatch& batch, int32_t first, int32_t last);

  // Whether add() checked against the limits of this model.
  bool is_for(const ModelConfig& config) const;

  int32_t tokens() const { return static_cast<int32_t>(token_ids_.size()); }
  int32_t sequences() const { return static_cast<int32_t>(cu_seqlens_.size()) - 1; }
  int32_t max_sequence() const { return max_sequence_; }

  std::span<const int32_t> token_ids() const { return token_ids_; }
  std::span<const int32_t> type_ids() const { return type_ids_; }
  std::span<const int32_t> cu_seqlens() const { return cu_seqlens_; }  // (sequences + 1), begins with 0

 private:
  int32_t vocab_size_;
  int32_t type_vocab_size_;
  int32_t max_length_;
  int32_t max_sequence_ = 0;
  std::vector<int32_t> token_ids_;   // (tokens)
  std::vector<int32_t> type_ids_;    // (tokens)
  std::vector<int32_t> cu_seqlens_;  // (sequences + 1)
};

}  // namespace fbert
