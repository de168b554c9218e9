#include "pipelines/encode.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "fbert/error.h"

namespace fbert {
namespace {

// A token of text between [CLS] and [SEP].
constexpr int32_t kMinLength = 3;

[[noreturn]] void refuse(const std::string& problem) { throw Error(ErrorCode::kData, problem); }

int32_t decide_max_length(const std::filesystem::path& folder, const Tokenizer& tokenizer, const ModelConfig& config,
                          int32_t requested) {
  const int32_t positions = config.max_position_embeddings;
  if (positions < kMinLength) {
    refuse(fmt::format("{}: key 'max_position_embeddings': {} positions leave no room for text",
                       (folder / "config.json").string(), positions));
  }
  if (requested > positions) {
    throw Error(
        ErrorCode::kUsage,
        fmt::format("a maximum length of {} tokens is more than the {} positions of the model", requested, positions));
  }
  if (requested != 0 && requested < kMinLength) {
    throw Error(ErrorCode::kUsage, fmt::format("a maximum length of {} tokens leaves no room for text", requested));
  }
  if (requested != 0) return requested;
  const int32_t stated = tokenizer.model_max_length();
  if (stated > 0 && stated < kMinLength) {
    refuse(fmt::format("{}: key 'model_max_length': {} tokens leave no room for text",
                       (folder / "tokenizer_config.json").string(), stated));
  }
  return stated > 0 ? std::min(stated, positions) : positions;
}

void check_fit(const Tokenizer& tokenizer, const ModelConfig& config) {
  if (tokenizer.vocab_size() > config.vocab_size) {
    refuse(fmt::format("{}: the vocabulary has {} tokens, but the model has embeddings for {} (vocab_size)",
                       tokenizer.source(), tokenizer.vocab_size(), config.vocab_size));
  }
}

}  // namespace

void encode_into(const Tokenizer& tokenizer, const TextView& input, const EncodeOptions& options, Encoding& out) {
  if (input.pair) {
    tokenizer.encode_pair_into(input.text, *input.pair, options, out);
  } else {
    tokenizer.encode_into(input.text, options, out);
  }
}

TextEncoder::TextEncoder(Tokenizer tokenizer, const ModelConfig& config, const ClassifierOptions& options,
                         const std::filesystem::path& folder)
    : tokenizer_(std::move(tokenizer)),
      error_on_long_(options.error_on_long),
      positions_(config.max_position_embeddings),
      type_vocab_size_(config.type_vocab_size) {
  check_fit(tokenizer_, config);
  options_.max_length = decide_max_length(folder, tokenizer_, config, options.max_length);
  options_.special_tokens_in_text = options.special_tokens_in_text;
  options_.strict_utf8 = options.strict_utf8;
}

void TextEncoder::encode(const TextView& input, Encoding& out) const {
  if (input.pair && type_vocab_size_ == 1) {
    refuse("a pair of texts, but the model has one token type only (type_vocab_size 1)");
  }
  encode_into(tokenizer_, input, options_, out);
  if (out.truncated && error_on_long_) {
    refuse(fmt::format("the text has {} tokens, more than the limit of {}", out.full_length, options_.max_length));
  }
  // What PackedBatch::add() would refuse, found where the input is still known.
  if (out.ids.empty()) refuse("the text has no tokens, and the tokenizer adds none");
  if (out.ids.size() > static_cast<size_t>(positions_)) {
    refuse(fmt::format("the text has {} tokens, more than the {} positions of the model", out.ids.size(), positions_));
  }
  if (type_vocab_size_ == 0) return out.type_ids.clear();
  const auto refused = [&](int32_t type) { return type < 0 || type >= type_vocab_size_; };
  const auto found = std::find_if(out.type_ids.begin(), out.type_ids.end(), refused);
  if (found != out.type_ids.end()) {
    refuse(fmt::format("the tokenizer gives token type {}, but the model has {} (type_vocab_size)", *found,
                       type_vocab_size_));
  }
}

void EncodedText::assign(const Encoding& encoding) {
  ids.assign(encoding.ids.begin(), encoding.ids.end());
  type_ids.clear();
  const bool typed =
      std::any_of(encoding.type_ids.begin(), encoding.type_ids.end(), [](int32_t type) { return type != 0; });
  if (typed) type_ids.assign(encoding.type_ids.begin(), encoding.type_ids.end());
  truncated = encoding.truncated;
  invalid_utf8 = encoding.invalid_utf8;
}

}  // namespace fbert
