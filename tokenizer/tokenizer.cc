#include "fbert/tokenizer.h"

#include <algorithm>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "fbert/error.h"
#include "loader/folder_files.h"
#include "tokenizer/text_encoder.h"
#include "tokenizer/tokenizer_config.h"
#include "tokenizer/tokenizer_impl.h"
#include "tokenizer/tokenizer_json.h"
#include "tokenizer/vocab_txt.h"

namespace fbert {

namespace {

constexpr size_t kMaxVocabularyBytes = size_t{64} << 20;
constexpr size_t kMaxConfigBytes = size_t{16} << 20;

// Fills the template with the first `kept` tokens of each text.
void apply_template(const std::vector<TemplatePiece>& pieces, const Tokens& first, const Tokens& second,
                    TextLengths kept, bool add_special_tokens, Encoding& out) {
  out.ids.clear();
  out.type_ids.clear();
  out.offsets.clear();
  for (const TemplatePiece& piece : pieces) {
    if (piece.kind == TemplatePiece::Kind::kSpecial) {
      if (!add_special_tokens) continue;
      out.ids.insert(out.ids.end(), piece.ids.begin(), piece.ids.end());
    } else {
      const bool is_first = piece.kind == TemplatePiece::Kind::kFirst;
      const Tokens& tokens = is_first ? first : second;
      const auto length = static_cast<std::ptrdiff_t>(is_first ? kept.first : kept.second);
      out.ids.insert(out.ids.end(), tokens.ids.begin(), tokens.ids.begin() + length);
      out.offsets.insert(out.offsets.end(), tokens.offsets.begin(), tokens.offsets.begin() + length);
    }
    out.offsets.resize(out.ids.size());
    out.type_ids.resize(out.ids.size(), piece.type_id);
  }
}

void encode_texts(const TokenizerImpl& tokenizer, std::string_view first, const std::string_view* second,
                  const EncodeOptions& options, Encoding& out) {
  static thread_local EncodeBuffers buffers;
  const bool is_pair = second != nullptr;
  const auto added_by = [&](const auto& post) { return post.added(is_pair); };
  const size_t added = options.add_special_tokens ? std::visit(added_by, tokenizer.spec.post_processor) : 0;
  if (options.max_length < 0 || (options.max_length > 0 && static_cast<size_t>(options.max_length) < added)) {
    throw Error(ErrorCode::kUsage, fmt::format("a maximum length of {} tokens leaves no room for the {} special tokens",
                                               options.max_length, added));
  }

  const size_t limit = options.max_length > 0 ? static_cast<size_t>(options.max_length) : kNoLimit;
  const size_t first_limit = options.truncation == Truncation::kOnlySecond ? kNoLimit : limit;
  Tokens& a = buffers.first;
  Tokens& b = buffers.second;
  size_t replaced = TextEncoder(tokenizer, options, first_limit, buffers, a).encode(first);
  b.clear();
  if (is_pair) replaced += TextEncoder(tokenizer, options, limit, buffers, b).encode(*second);

  const TextLengths lengths{a.count, b.count};
  TextLengths kept = lengths;
  if (options.max_length > 0) {
    kept = truncated({a.seen_by_truncation, b.seen_by_truncation}, is_pair, limit - added, options.truncation);
  }
  const auto apply = [&](const TemplateProcessing& post) {
    apply_template(post.pieces(is_pair), a, b, kept, options.add_special_tokens, out);
  };
  std::visit(apply, tokenizer.spec.post_processor);
  out.truncated = kept != lengths;
  out.full_length = static_cast<int32_t>(lengths.first + lengths.second + added);
  out.invalid_utf8 = static_cast<int32_t>(replaced);
  buffers.release_idle_buffers();
}

// A small JSON file of the folder; an empty object when there is none.
Json load_object(const FolderFiles& folder, const char* name) {
  return folder.has(name) ? load_json(folder, name, kMaxConfigBytes) : Json::object();
}

}  // namespace

Tokenizer::Tokenizer(TokenizerSpec spec) : impl_(std::make_unique<const TokenizerImpl>(std::move(spec))) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Tokenizer Tokenizer::load(const ModelFolder& model) {
  constexpr const char* kJson = "tokenizer.json";
  constexpr const char* kVocabulary = "vocab.txt";
  constexpr const char* kConfig = "tokenizer_config.json";
  constexpr const char* kSpecial = "special_tokens_map.json";
  constexpr const char* kAdded = "added_tokens.json";
  const FolderFiles& folder = model.files();
  const auto source = [&](const char* name) { return folder.path_of(name).string(); };
  const Json config_json = load_object(folder, kConfig);
  const JsonObject config(config_json, source(kConfig));
  TokenizerSpec spec;
  if (folder.has(kJson)) {
    spec = parse_tokenizer_json(folder.text(kJson, kMaxVocabularyBytes), source(kJson),
                                folder.has(kConfig) ? &config : nullptr);
  } else if (folder.has(kVocabulary)) {
    const Json special_json = load_object(folder, kSpecial);
    const JsonObject special(special_json, source(kSpecial));
    const Json added_json = load_object(folder, kAdded);
    const JsonObject added(added_json, source(kAdded));
    spec = parse_vocab_txt(folder.text(kVocabulary, kMaxVocabularyBytes), source(kVocabulary),
                           {config, special, added});
  } else {
    throw Error(ErrorCode::kData,
                fmt::format("{}: neither tokenizer.json nor vocab.txt is there", folder.path().string()));
  }
  spec.model_max_length = model_max_length_of(config);
  model.check_unchanged();
  return Tokenizer(std::move(spec));
}

Encoding Tokenizer::encode(std::string_view text, const EncodeOptions& options) const {
  Encoding out;
  encode_texts(*impl_, text, nullptr, options, out);
  return out;
}

Encoding Tokenizer::encode_pair(std::string_view first, std::string_view second, const EncodeOptions& options) const {
  Encoding out;
  encode_texts(*impl_, first, &second, options, out);
  return out;
}

void Tokenizer::encode_into(std::string_view text, const EncodeOptions& options, Encoding& out) const {
  encode_texts(*impl_, text, nullptr, options, out);
}

void Tokenizer::encode_pair_into(std::string_view first, std::string_view second, const EncodeOptions& options,
                                 Encoding& out) const {
  encode_texts(*impl_, first, &second, options, out);
}

std::string Tokenizer::decode(std::span<const int32_t> ids, bool skip_special_tokens) const {
  std::vector<std::string_view> tokens;
  for (const int32_t id : ids) {
    const auto added = impl_->added_texts.find(id);
    if (added != impl_->added_texts.end()) {
      if (!skip_special_tokens || !added->second.skipped) tokens.push_back(added->second.text);
    } else if (vocabulary_of(*impl_->spec.model).has(id)) {
      tokens.push_back(token(id));
    }
  }
  return std::visit([&](const auto& decoder) { return decoder.join(tokens); }, impl_->spec.decoder);
}

std::string_view Tokenizer::token(int32_t id) const {
  const auto added = impl_->added_texts.find(id);
  return added != impl_->added_texts.end() ? added->second.text : vocabulary_of(*impl_->spec.model).token(id);
}

int32_t Tokenizer::id(std::string_view token) const {
  if (const int32_t id = vocabulary_of(*impl_->spec.model).find(token); id >= 0) return id;
  for (const AddedToken& added : impl_->spec.added_tokens) {
    if (added.content == token) return added.id;
  }
  return -1;
}

int32_t Tokenizer::vocab_size() const {
  int32_t size = vocabulary_of(*impl_->spec.model).size();
  for (const AddedToken& added : impl_->spec.added_tokens) size = std::max(size, added.id + 1);
  return size;
}

const std::vector<std::string>& Tokenizer::notes() const { return impl_->spec.notes; }

int32_t Tokenizer::model_max_length() const { return impl_->spec.model_max_length; }

std::string Tokenizer::source() const { return impl_->spec.source; }

}  // namespace fbert
