#include "tokenizer/tokenizer.h"

#include <algorithm>
#include <limits>
#include <set>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "loader/atomic_file.h"
#include "loader/error.h"
#include "tokenizer/tokenizer_spec.h"
#include "tokenizer/utf8.h"

namespace fbert {

// How an added token reads in the output.
struct AddedText {
  std::string text;  // in its normalised form where it is matched so
  bool skipped;      // left out by decode() with skip_special_tokens
};

struct TokenizerImpl {
  explicit TokenizerImpl(TokenizerSpec spec_in);
  std::string normalized_pattern(const AddedToken& token) const;

  TokenizerSpec spec;
  Normalizer normalizer;
  TokenMatcher raw_tokens;                             // matched on the text as it came
  TokenMatcher normalized_tokens;                      // matched on the normalised text
  std::unordered_map<int32_t, AddedText> added_texts;  // by id
};

namespace {

constexpr size_t kMaxFileBytes = size_t{64} << 20;
// Offsets and lengths are 32 bits wide.
constexpr size_t kMaxTextBytes = size_t{1} << 30;
// Buffers above this size are given back once this many texts in a row have needed less than a quarter of them.
constexpr size_t kKeptBytes = size_t{4} << 20;
constexpr int kTextsBeforeRelease = 64;

constexpr size_t kNoLimit = std::numeric_limits<size_t>::max();

// The tokens of one text, before the template.
struct Tokens {
  std::vector<int32_t> ids;
  std::vector<Offset> offsets;
  size_t seen_by_truncation = 0;

  void clear() {
    ids.clear();
    offsets.clear();
    seen_by_truncation = 0;
  }
  void add(int32_t id, Offset offset) {
    ids.push_back(id);
    offsets.push_back(offset);
  }
};

// Buffers that live from call to call, one set per thread.
class Workspace {
 public:
  Tokens first, second;
  std::string repaired;
  NormalizedText normalized;
  std::vector<TokenMatch> raw_matches, normalized_matches;
  std::vector<WordRange> words;
  std::vector<Piece> pieces;

  void release_idle_buffers() {
    const size_t used = bytes_of([](const auto& buffer) { return buffer.size(); });
    const size_t held = bytes_of([](const auto& buffer) { return buffer.capacity(); });
    idle_texts_ = held > kKeptBytes && held / 4 > used ? idle_texts_ + 1 : 0;
    if (idle_texts_ > kTextsBeforeRelease) *this = Workspace();
  }

 private:
  template <typename Length>
  size_t bytes_of(Length length) const {
    return length(repaired) + length(normalized.origin) * sizeof(int32_t) + length(words) * sizeof(WordRange) +
           (length(first.offsets) + length(second.offsets)) * sizeof(Offset);
  }

  int idle_texts_ = 0;
};

// One text on its way through the stages: repair, added tokens, normaliser, added tokens again, words, pieces.
//
// With truncation the reference stops after the first word that brings a text to `limit` tokens (added tokens alone do
// not stop it), and truncates what it has by then. That shows where two long texts share the room: the text whose last
// word went further over the limit counts as the longer one. All tokens are made here, for full_length, and
// seen_by_truncation says where the reference stops.
class TextEncoder {
 public:
  TextEncoder(const TokenizerImpl& tokenizer, const EncodeOptions& options, size_t limit, Workspace& workspace,
              Tokens& out)
      : tokenizer_(tokenizer), options_(options), limit_(limit), workspace_(workspace), out_(out) {}

  // Returns the number of ill-formed UTF-8 sequences that were replaced.
  size_t encode(std::string_view text) {
    out_.clear();
    if (text.size() > kMaxTextBytes) {
      throw Error(ErrorCode::kData,
                  fmt::format("a text of {} bytes; the limit is {} bytes", text.size(), kMaxTextBytes));
    }
    size_t replaced = 0;
    if (const size_t valid = valid_utf8_prefix(text); valid < text.size()) {
      if (options_.strict_utf8) throw Error(ErrorCode::kData, fmt::format("invalid UTF-8 at byte {}", valid));
      replaced = repair_utf8(text, workspace_.repaired);
      text = workspace_.repaired;
    }
    split_at_added_tokens(text);
    out_.seen_by_truncation = std::min(out_.ids.size(), stop_);
    return replaced;
  }

 private:
  void split_at_added_tokens(std::string_view text) {
    workspace_.raw_matches.clear();
    tokenizer_.raw_tokens.find(text, options_.special_tokens_in_text, workspace_.raw_matches);
    size_t position = 0;
    int32_t index = 0;  // of the code point at `position`
    for (const TokenMatch& match : workspace_.raw_matches) {
      if (position < match.begin) {
        index = encode_chunk(text.substr(position, match.begin - position), index);
      } else if (position > match.begin) {
        index -= code_points(text.substr(match.begin, position - match.begin));
      }
      const int32_t end = index + code_points(text.substr(match.begin, match.end - match.begin));
      out_.add(match.token->id, {index, end});
      position = match.end;
      index = end;
    }
    if (position < text.size()) encode_chunk(text.substr(position), index);
  }

  // Text without added tokens that are matched on raw text; its first code point has the index `first`. Returns the
  // index after the last one.
  int32_t encode_chunk(std::string_view chunk, int32_t first) {
    const int32_t end = tokenizer_.normalizer.normalize(chunk, first, workspace_.normalized);
    const auto size = static_cast<uint32_t>(workspace_.normalized.bytes.size());
    workspace_.normalized_matches.clear();
    tokenizer_.normalized_tokens.find(workspace_.normalized.bytes, options_.special_tokens_in_text,
                                      workspace_.normalized_matches);
    uint32_t position = 0;
    for (const TokenMatch& match : workspace_.normalized_matches) {
      encode_words(position, static_cast<uint32_t>(match.begin));
      out_.add(match.token->id, origin(match.begin, match.end));
      position = static_cast<uint32_t>(match.end);
    }
    encode_words(position, size);
    return end;
  }

  void encode_words(uint32_t begin, uint32_t end) {
    if (begin >= end) return;
    const std::string_view text = workspace_.normalized.bytes;
    workspace_.words.clear();
    split_words(text, begin, end, workspace_.words);
    for (const WordRange& word : workspace_.words) {
      workspace_.pieces.clear();
      tokenizer_.spec.model->tokenize(text.substr(word.begin, word.end - word.begin), workspace_.pieces);
      for (const Piece& piece : workspace_.pieces) {
        out_.add(piece.id, origin(word.begin + piece.begin, word.begin + piece.end));
      }
      if (out_.ids.size() >= limit_ && stop_ == kNoLimit) stop_ = out_.ids.size();
    }
  }

  Offset origin(size_t begin, size_t end) const {
    return {workspace_.normalized.origin[begin], workspace_.normalized.origin[end - 1] + 1};
  }

  static int32_t code_points(std::string_view text) { return static_cast<int32_t>(count_code_points(text)); }

  const TokenizerImpl& tokenizer_;
  const EncodeOptions& options_;
  size_t limit_;
  size_t stop_ = kNoLimit;
  Workspace& workspace_;
  Tokens& out_;
};

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
  static thread_local Workspace workspace;
  const PostProcessor& post = tokenizer.spec.post_processor;
  const bool is_pair = second != nullptr;
  const size_t added = options.add_special_tokens ? post.added(is_pair) : 0;
  if (options.max_length < 0 || (options.max_length > 0 && static_cast<size_t>(options.max_length) < added)) {
    throw Error(ErrorCode::kUsage, fmt::format("a maximum length of {} tokens leaves no room for the {} special tokens",
                                               options.max_length, added));
  }

  const size_t limit = options.max_length > 0 ? static_cast<size_t>(options.max_length) : kNoLimit;
  const size_t first_limit = options.truncation == Truncation::kOnlySecond ? kNoLimit : limit;
  Tokens& a = workspace.first;
  Tokens& b = workspace.second;
  size_t replaced = TextEncoder(tokenizer, options, first_limit, workspace, a).encode(first);
  b.clear();
  if (is_pair) replaced += TextEncoder(tokenizer, options, limit, workspace, b).encode(*second);

  const TextLengths lengths{a.ids.size(), b.ids.size()};
  TextLengths kept = lengths;
  if (options.max_length > 0) {
    kept = truncated({a.seen_by_truncation, b.seen_by_truncation}, is_pair, limit - added, options.truncation);
  }
  apply_template(is_pair ? post.pair : post.single, a, b, kept, options.add_special_tokens, out);
  out.truncated = kept != lengths;
  out.full_length = static_cast<int32_t>(lengths.first + lengths.second + added);
  out.invalid_utf8 = static_cast<int32_t>(replaced);
  workspace.release_idle_buffers();
}

// The content of a small JSON file; an empty object when there is none.
Json load_object(const std::filesystem::path& path) {
  return std::filesystem::exists(path) ? load_json(path, kMaxFileBytes) : Json::object();
}

}  // namespace

TokenizerImpl::TokenizerImpl(TokenizerSpec spec_in) : spec(std::move(spec_in)), normalizer(spec.normalizer) {
  std::set<std::string_view> special_contents;
  for (const AddedToken& token : spec.added_tokens) {
    if (token.special) special_contents.insert(token.content);
  }
  for (const AddedToken& token : spec.added_tokens) {
    std::string pattern = token.normalized ? normalized_pattern(token) : token.content;
    // The reference compares the text that it would write with the special tokens as they are listed.
    added_texts[token.id] = {pattern, special_contents.contains(pattern)};
    (token.normalized ? normalized_tokens : raw_tokens).add(std::move(pattern), &token);
  }
  raw_tokens.finish();
  normalized_tokens.finish();
}

std::string TokenizerImpl::normalized_pattern(const AddedToken& token) const {
  NormalizedText pattern;
  normalizer.normalize(token.content, 0, pattern);
  if (pattern.bytes.empty()) {
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: the added token {} is empty once it is normalised",
                                                     spec.source, escaped(token.content)));
  }
  return pattern.bytes;
}

Tokenizer::Tokenizer(TokenizerSpec spec) : impl_(std::make_unique<const TokenizerImpl>(std::move(spec))) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Tokenizer Tokenizer::load(const std::filesystem::path& folder) {
  const std::filesystem::path json = folder / "tokenizer.json";
  const std::filesystem::path text = folder / "vocab.txt";
  const Json config_json = load_object(folder / "tokenizer_config.json");
  const JsonObject config(config_json, (folder / "tokenizer_config.json").string());
  TokenizerSpec spec;
  if (std::filesystem::exists(json)) {
    spec = parse_tokenizer_json(read_file(json, kMaxFileBytes), json.string());
  } else if (std::filesystem::exists(text)) {
    const Json special_json = load_object(folder / "special_tokens_map.json");
    const JsonObject special(special_json, (folder / "special_tokens_map.json").string());
    spec = parse_vocab_txt(read_file(text, kMaxFileBytes), text.string(), config, special);
  } else {
    throw Error(ErrorCode::kData, fmt::format("{}: neither tokenizer.json nor vocab.txt is there", folder.string()));
  }
  spec.model_max_length = model_max_length_of(config);
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
    } else if (impl_->spec.model->vocabulary().has(id)) {
      tokens.push_back(token(id));
    }
  }
  return join_tokens(impl_->spec.decoder, tokens);
}

std::string_view Tokenizer::token(int32_t id) const {
  const auto added = impl_->added_texts.find(id);
  return added != impl_->added_texts.end() ? added->second.text : impl_->spec.model->vocabulary().token(id);
}

int32_t Tokenizer::id(std::string_view token) const {
  if (const int32_t id = impl_->spec.model->vocabulary().find(token); id >= 0) return id;
  for (const AddedToken& added : impl_->spec.added_tokens) {
    if (added.content == token) return added.id;
  }
  return -1;
}

int32_t Tokenizer::vocab_size() const {
  int32_t size = impl_->spec.model->vocabulary().size();
  for (const AddedToken& added : impl_->spec.added_tokens) size = std::max(size, added.id + 1);
  return size;
}

int32_t Tokenizer::model_max_length() const { return impl_->spec.model_max_length; }

std::string Tokenizer::source() const { return impl_->spec.source; }

}  // namespace fbert
