#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "fbert/config.h"
#include "fbert/inputs.h"
#include "fbert/tokenizer.h"

namespace fbert {

// A text, or two that belong together, in somebody else's memory.
struct TextView {
  std::string_view text = "";
  std::optional<std::string_view> pair = {};
};

inline TextView view_of(std::string_view text) { return {.text = text}; }
inline TextView view_of(const TextPair& pair) { return {.text = pair.first, .pair = pair.second}; }
inline TextView view_of(const TextInput& input) {
  return {.text = input.text, .pair = input.has_pair ? std::optional<std::string_view>(input.pair) : std::nullopt};
}

void encode_into(const Tokenizer& tokenizer, const TextView& input, const EncodeOptions& options, Encoding& out);

// Texts as one model reads them.
class TextEncoder {
 public:
  // Throws kData where the vocabulary is larger than the model's, kUsage for a max_length that the model does not have.
  // `folder` is that of the messages.
  TextEncoder(Tokenizer tokenizer, const ModelConfig& config, const ClassifierOptions& options,
              const std::filesystem::path& folder);

  // A sequence that the model takes, without type ids where it has none. Throws kData.
  void encode(const TextView& input, Encoding& out) const;

  const Tokenizer& tokenizer() const { return tokenizer_; }
  int32_t max_length() const { return options_.max_length; }

 private:
  Tokenizer tokenizer_;
  EncodeOptions options_;
  bool error_on_long_;
  int32_t positions_;
  int32_t type_vocab_size_;
};

// What is kept of an Encoding until its forward pass.
struct EncodedText {
  void assign(const Encoding& encoding);

  std::vector<int32_t> ids;
  std::vector<int32_t> type_ids;  // empty: all zero
  bool truncated = false;
  int32_t invalid_utf8 = 0;
};

}  // namespace fbert
