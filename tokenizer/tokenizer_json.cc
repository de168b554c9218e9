#include "tokenizer/tokenizer_json.h"

#include <algorithm>
#include <unordered_set>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "fbert/error.h"
#include "loader/json_scanner.h"
#include "tokenizer/tokenizer_config.h"

namespace fbert {
namespace {

constexpr size_t kMaxDepth = 128;
// Beside the vocabulary. The merges of a BPE model or the pieces of a Unigram one are among them: such a file is to be
// refused for its model.
constexpr size_t kMaxValues = 1'000'000;
// Each piece of a template may have all ids of a special token, and each text gets them all.
constexpr size_t kMaxTemplateIds = 65'536;

// tokenizer.json in two parts: the vocabulary, which is read on the way into its table, and all the rest as a JSON
// value in which the vocabulary is empty. A value of 30,000 members would take longer to build than to use.
struct SplitFile {
  Vocabulary vocabulary;
  Json rest;
};

class VocabularyExtractor {
 public:
  // Writes spaces over the vocabulary in `text`.
  VocabularyExtractor(std::string& text, const std::string& source)
      : text_(text), source_(source), in_(text, source), vocabulary_(source, text.size()) {}

  SplitFile split() {
    if (in_.peek() == '{') {
      for (bool more = in_.begin('{', '}'); more; more = in_.next('}')) {
        const bool is_model = in_.key() == "model";
        if (is_model && in_.peek() == '{') {
          model();
        } else {
          skip();
        }
      }
    } else {
      skip();
    }
    in_.end();
    // Spaces keep the positions that messages name those of the file.
    if (end_ > begin_) std::fill(text_.begin() + begin_ + 1, text_.begin() + end_ - 1, ' ');
    return {std::move(vocabulary_), parse_json(text_, source_, kMaxValues)};
  }

 private:
  void model() {
    for (bool more = in_.begin('{', '}'); more; more = in_.next('}')) {
      const bool is_vocabulary = in_.key() == "vocab";
      if (is_vocabulary && in_.peek() == '{' && end_ == 0) {
        vocabulary();
      } else {
        skip();
      }
    }
  }

  void vocabulary() {
    in_.peek();
    begin_ = static_cast<std::ptrdiff_t>(in_.position());
    std::string token;
    for (bool more = in_.begin('{', '}'); more; more = in_.next('}')) {
      token = in_.key();
      const size_t position = in_.position();
      const auto number = in_.number();
      if (std::holds_alternative<double>(number)) in_.fail_at(position, "expected an integer as the id of a token");
      const int64_t id = std::holds_alternative<int64_t>(number)
                             ? std::get<int64_t>(number)
                             : static_cast<int64_t>(std::min(std::get<uint64_t>(number), uint64_t{INT64_MAX}));
      if (vocabulary_.find(token) >= 0) in_.fail_at(position, fmt::format("duplicate token {}", escaped(token)));
      vocabulary_.add(token, id);
    }
    end_ = static_cast<std::ptrdiff_t>(in_.position());
  }

  // Passes over any value.
  void skip(size_t depth = 0) {
    if (depth > kMaxDepth) in_.fail(fmt::format("more than {} levels", kMaxDepth));
    switch (in_.peek()) {
      case '{':
        for (bool more = in_.begin('{', '}'); more; more = in_.next('}')) {
          in_.key();
          skip(depth + 1);
        }
        break;
      case '[':
        for (bool more = in_.begin('[', ']'); more; more = in_.next(']')) skip(depth + 1);
        break;
      case '"':
        in_.string();
        break;
      case 't':
        in_.literal("true");
        break;
      case 'f':
        in_.literal("false");
        break;
      case 'n':
        in_.literal("null");
        break;
      default:
        if (in_.peek() != '-' && (in_.peek() < '0' || in_.peek() > '9')) in_.fail_expected("a value");
        in_.number();
    }
  }

  std::string& text_;
  std::string source_;
  JsonScanner in_;
  Vocabulary vocabulary_;
  std::ptrdiff_t begin_ = 0;  // of the vocabulary object in text_
  std::ptrdiff_t end_ = 0;
};

[[noreturn]] void unsupported(const std::string& source, std::string_view part, const std::string& found,
                              std::string_view expected) {
  throw Error(ErrorCode::kUnsupported, fmt::format("{}: {} {} is not supported; {} is", source, part, found, expected));
}

// The "type" of a part such as the normaliser; "" when the part is absent or null.
std::string type_of(const JsonObject& root, std::string_view part) {
  return root.find(part) == nullptr ? "" : root.object(part).string_or("type", "");
}

// A setting that both files have.
struct SharedOption {
  const char* in_config;
  const char* in_json;
  bool BertNormalizerOptions::*option;
};
constexpr SharedOption kSharedOptions[] = {
    {"do_lower_case", "lowercase", &BertNormalizerOptions::lowercase},
    {"strip_accents", "strip_accents", &BertNormalizerOptions::strip_accents},
    {"tokenize_chinese_chars", "handle_chinese_chars", &BertNormalizerOptions::handle_chinese_chars},
};

// `options` of tokenizer.json with what tokenizer_config.json says of them, which is what BERT's classes run.
BertNormalizerOptions configured(BertNormalizerOptions options, const JsonObject& root, const JsonObject& config,
                                 std::vector<std::string>& notes) {
  const BertNormalizerOptions wanted = normalizer_options(config);
  std::string counts, differs;
  for (const auto& [in_config, in_json, option] : kSharedOptions) {
    if (options.*option == wanted.*option) continue;
    const std::string_view comma = counts.empty() ? "" : ", ";
    const std::string_view origin = config.find(in_config) == nullptr ? " (by default)" : "";
    counts += fmt::format("{}{} {}{}", comma, in_config, wanted.*option, origin);
    differs += fmt::format("{}{} {}", comma, in_json, options.*option);
    options.*option = wanted.*option;
  }
  if (!counts.empty()) {
    notes.push_back(
        fmt::format("{}: {}: this counts, and not what {} has: {}", config.source(), counts, root.source(), differs));
  }
  return options;
}

// `config` as in parse_tokenizer_json().
Normalizer normalizer(const JsonObject& root, const JsonObject* config, std::vector<std::string>& notes) {
  const std::string type = type_of(root, "normalizer");
  if (root.find("normalizer") == nullptr) return BertNormalizer({false, false, false, false});
  if (type != "BertNormalizer") unsupported(root.source(), "normalizer", escaped(type), "BertNormalizer");
  const JsonObject json = root.object("normalizer");
  BertNormalizerOptions options;
  options.clean_text = json.boolean("clean_text");
  options.handle_chinese_chars = json.boolean("handle_chinese_chars");
  options.lowercase = json.boolean("lowercase");
  options.strip_accents = json.boolean_or("strip_accents", options.lowercase);
  if (config == nullptr || !is_of_bert_class(*config)) return BertNormalizer(options);
  return BertNormalizer(configured(options, root, *config, notes));
}

PreTokenizer pre_tokenizer(const JsonObject& root) {
  const std::string type = type_of(root, "pre_tokenizer");
  if (type != "BertPreTokenizer") unsupported(root.source(), "pre_tokenizer", escaped(type), "BertPreTokenizer");
  return BertPreTokenizer();
}

TokenModel model(const JsonObject& root, Vocabulary vocabulary) {
  const JsonObject json = root.object("model");
  // Files of 2020 do not name the type; only WordPiece has the limit of characters in a word.
  const std::string type = json.string_or("type", json.has("max_input_chars_per_word") ? "WordPiece" : "");
  if (type != "WordPiece") unsupported(root.source(), "model", escaped(type), "WordPiece");
  if (!json.at("vocab").is_object()) json.fail("vocab", "expected an object");
  return WordPiece(std::move(vocabulary), json.string("unk_token"), json.string("continuing_subword_prefix"),
                   json.integer("max_input_chars_per_word", 0, INT32_MAX));
}

std::vector<AddedToken> added_tokens(const JsonObject& root) {
  std::vector<AddedToken> tokens;
  if (root.find("added_tokens") == nullptr) return tokens;
  const Json& list = root.at("added_tokens");
  if (!list.is_array()) root.fail("added_tokens", "expected an array");
  for (size_t i = 0; i < list.size(); ++i) {
    const JsonObject json(list[i], root.source(), fmt::format("added_tokens[{}]", i));
    const auto id = static_cast<int32_t>(json.integer("id", 0, INT32_MAX - 1));
    tokens.push_back(read_added_token(json, json.string("content"), id));
    check_token_length(tokens.back().content, root.source());
  }
  return tokens;
}

// Ids of the special token `name`, from the template's own table.
std::vector<int32_t> special_ids(const JsonObject& table, const std::string& name) {
  const JsonObject entry = table.object(name);
  const Json& list = entry.at("ids");
  if (!list.is_array()) entry.fail("ids", "expected an array");
  std::vector<int32_t> ids;
  for (const Json& id : list) {
    if (!id.is_number_unsigned() || id.get<uint64_t>() > INT32_MAX) entry.fail("ids", "expected token ids");
    ids.push_back(static_cast<int32_t>(id.get<uint64_t>()));
  }
  return ids;
}

std::vector<TemplatePiece> template_pieces(const JsonObject& json, std::string_view key) {
  const Json& list = json.at(key);
  if (!list.is_array()) json.fail(key, "expected an array");
  std::vector<TemplatePiece> pieces;
  size_t ids = 0;
  for (size_t i = 0; i < list.size(); ++i) {
    const JsonObject item(list[i], json.source(), fmt::format("{}[{}]", json.path_of(key), i));
    const bool is_text = item.has("Sequence");
    const JsonObject body = item.object(is_text ? "Sequence" : "SpecialToken");
    const std::string id = body.string("id");
    TemplatePiece piece{TemplatePiece::Kind::kSpecial, static_cast<int32_t>(body.integer("type_id", 0, 1)), {}};
    if (is_text) {
      if (id != "A" && (id != "B" || key == "single")) body.fail("id", fmt::format("no such text: {}", escaped(id)));
      piece.kind = id == "A" ? TemplatePiece::Kind::kFirst : TemplatePiece::Kind::kSecond;
    } else {
      piece.ids = special_ids(json.object("special_tokens"), id);
    }
    ids += piece.ids.size();
    if (ids > kMaxTemplateIds) json.fail(key, fmt::format("more than {} ids of special tokens", kMaxTemplateIds));
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

// A template holds each of its texts once: encoding has room and offsets for one copy.
void check_texts(const JsonObject& json, std::string_view key, const std::vector<TemplatePiece>& pieces, bool is_pair) {
  const auto count = [&](TemplatePiece::Kind kind) {
    return std::count_if(pieces.begin(), pieces.end(),
                         [kind](const TemplatePiece& piece) { return piece.kind == kind; });
  };
  if (count(TemplatePiece::Kind::kFirst) != 1) json.fail(key, "expected the text A exactly once");
  if (is_pair && count(TemplatePiece::Kind::kSecond) != 1) json.fail(key, "expected the text B exactly once");
}

// The id in BertProcessing's ["[SEP]", 102].
int32_t named_id(const JsonObject& json, std::string_view key) {
  const Json& pair = json.at(key);
  const bool ok = pair.is_array() && pair.size() == 2 && pair[0].is_string() && pair[1].is_number_unsigned() &&
                  pair[1].get<uint64_t>() <= INT32_MAX;
  if (!ok) json.fail(key, "expected [token, id]");
  return static_cast<int32_t>(pair[1].get<uint64_t>());
}

PostProcessor post_processor(const JsonObject& root) {
  if (root.find("post_processor") == nullptr) return plain_template();
  const JsonObject json = root.object("post_processor");
  const std::string type = json.string_or("type", "");
  if (type == "BertProcessing") return bert_template(named_id(json, "cls"), named_id(json, "sep"));
  if (type == "TemplateProcessing") {
    TemplateProcessing post = {template_pieces(json, "single"), template_pieces(json, "pair")};
    check_texts(json, "single", post.single, false);
    check_texts(json, "pair", post.pair, true);
    return post;
  }
  unsupported(root.source(), "post_processor", escaped(type), "TemplateProcessing or BertProcessing");
}

// The engine looks up every id that an encoding holds, so a template may not invent one.
void check_template_ids(const TokenizerSpec& spec, const TemplateProcessing& post) {
  std::unordered_set<int32_t> added;
  for (const AddedToken& token : spec.added_tokens) added.insert(token.id);
  const auto known = [&](int32_t id) { return vocabulary_of(*spec.model).has(id) || added.contains(id); };
  for (const auto* pieces : {&post.single, &post.pair}) {
    for (const TemplatePiece& piece : *pieces) {
      for (const int32_t id : piece.ids) {
        if (known(id)) continue;
        throw Error(ErrorCode::kData, fmt::format("{}: key 'post_processor': no token has the id {}", spec.source, id));
      }
    }
  }
}

Decoder decoder(const JsonObject& root) {
  if (root.find("decoder") == nullptr) return SpaceDecoder();
  const std::string type = type_of(root, "decoder");
  if (type != "WordPiece") unsupported(root.source(), "decoder", escaped(type), "WordPiece");
  const JsonObject json = root.object("decoder");
  return WordPieceDecoder{json.string("prefix"), json.boolean("cleanup")};
}

}  // namespace

TokenizerSpec parse_tokenizer_json(std::string text, const std::string& source, const JsonObject* config) {
  SplitFile file = VocabularyExtractor(text, source).split();
  const JsonObject root(file.rest, source);
  TokenizerSpec spec;
  spec.source = source;
  spec.model = model(root, std::move(file.vocabulary));
  spec.normalizer = normalizer(root, config, spec.notes);
  spec.pre_tokenizer = pre_tokenizer(root);
  spec.added_tokens = checked_added_tokens(added_tokens(root), vocabulary_of(*spec.model), source);
  spec.post_processor = post_processor(root);
  std::visit([&](const auto& post) { check_template_ids(spec, post); }, spec.post_processor);
  spec.decoder = decoder(root);
  return spec;
}

}  // namespace fbert
