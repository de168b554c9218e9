#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fbert/encoding.h"
#include "fbert/export.h"
#include "fbert/model_folder.h"

namespace fbert {

struct TokenizerImpl;
struct TokenizerSpec;

// A BERT tokenizer: normaliser, pre-tokeniser, WordPiece, added tokens, pair template. For every valid UTF-8 text ids,
// type ids and offsets equal those of Hugging Face `tokenizers` 0.23.2. Immutable after load; safe to share between
// threads.
class FBERT_API Tokenizer {
 public:
  // Loads tokenizer.json, or vocab.txt with the JSON files beside it, from a model folder. Padding and truncation
  // stored in tokenizer.json are not applied. Throws kData, or kUnsupported for a tokenizer that is not BERT's.
  static Tokenizer load(const ModelFolder& folder);

  // From a description that has been read already; see tokenizer_json.h.
  explicit Tokenizer(TokenizerSpec spec);

  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  Encoding encode(std::string_view text, const EncodeOptions& options = {}) const;
  Encoding encode_pair(std::string_view first, std::string_view second, const EncodeOptions& options = {}) const;

  // The same into an Encoding whose memory is reused.
  void encode_into(std::string_view text, const EncodeOptions& options, Encoding& out) const;
  void encode_pair_into(std::string_view first, std::string_view second, const EncodeOptions& options,
                        Encoding& out) const;

  // Text of a sequence of ids, as Hugging Face's WordPiece decoder with clean-up writes it.
  std::string decode(std::span<const int32_t> ids, bool skip_special_tokens = true) const;

  std::string_view token(int32_t id) const;  // "" for an id outside the vocabulary
  int32_t id(std::string_view token) const;  // -1 when absent
  int32_t vocab_size() const;                // largest id + 1, added tokens included
  int32_t model_max_length() const;          // 0 when the folder states none
  std::string source() const;                // the file the vocabulary came from
  // Where two files of the folder disagree, and which of them counts; one line each.
  const std::vector<std::string>& notes() const;

 private:
  std::unique_ptr<const TokenizerImpl> impl_;
};

}  // namespace fbert
