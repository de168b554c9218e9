#include "tokenizer/vocab_txt.h"

#include <algorithm>

#include <fmt/format.h>

#include "fbert/error.h"
#include "tokenizer/tokenizer_config.h"
#include "tokenizer/unicode.h"
#include "tokenizer/utf8.h"

namespace fbert {
namespace {

std::string_view without_trailing_space(std::string_view line) {
  while (!line.empty()) {
    size_t end = line.size();
    if (!(UnicodeTable::get().flags(previous_code_point(line, end)) & kSpaceFlag)) break;
    line = line.substr(0, end);
  }
  return line;
}

// One token per line, whose id is the number of the line from 0. White space at the end of a line does not count; a
// token that is listed twice has the last id.
Vocabulary read_vocabulary(std::string_view text, const std::string& source) {
  if (const size_t valid = valid_utf8_prefix(text); valid < text.size()) {
    throw Error(ErrorCode::kData, fmt::format("{}: invalid UTF-8 at byte {}", source, valid));
  }
  Vocabulary vocabulary(source, text.size());
  for (int64_t id = 0; !text.empty(); ++id) {
    const size_t end = std::min(text.find('\n'), text.size());
    vocabulary.add(without_trailing_space(text.substr(0, end)), id);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return vocabulary;
}

}  // namespace

TokenizerSpec parse_vocab_txt(std::string_view bytes, const std::string& source, const VocabularyCompanions& files) {
  const JsonObject& config = files.config;
  if (!is_of_bert_class(config)) {
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: tokenizer_class {} is not supported; BertTokenizer is",
                                                     config.source(), escaped(config.string("tokenizer_class"))));
  }
  TokenizerSpec spec;
  spec.source = source;
  spec.model = WordPiece(read_vocabulary(bytes, source), special_token_name(files, "unk_token"), "##", 100);
  const bool basic = config.boolean_or("do_basic_tokenize", true);
  spec.normalizer =
      BertNormalizer(basic ? normalizer_options(config) : BertNormalizerOptions{true, false, false, false});

  const Vocabulary& vocabulary = vocabulary_of(*spec.model);
  spec.added_tokens = folder_tokens(files, vocabulary);
  const auto id_of = [&](std::string_view key) {
    const std::string name = special_token_name(files, key);
    if (const int32_t id = vocabulary.find(name); id >= 0) return id;
    for (const AddedToken& token : spec.added_tokens) {
      if (token.content == name) return token.id;
    }
    throw Error(ErrorCode::kData, fmt::format("{}: the vocabulary has no {} {}", source, key, escaped(name)));
  };
  const int32_t cls = id_of("cls_token");
  spec.post_processor = bert_template(cls, id_of("sep_token"));
  return spec;
}

}  // namespace fbert
