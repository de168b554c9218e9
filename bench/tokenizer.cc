// Loading a tokenizer and encoding text: tokens per second on one core, and the cost of hostile texts.
//
//   tokenizer [--benchmark_filter=...]              over a vocabulary of 30,522 made-up words
//   FBERT_MODEL=DIR tokenizer                       the same over a model folder's own vocabulary
//   FBERT_TEXT=FILE FBERT_MODEL=DIR tokenizer       with the lines of a file as the text
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "fbert/tokenizer.h"
#include "loader/json.h"

namespace {

using fbert::EncodeOptions;
using fbert::Encoding;
using fbert::Tokenizer;

// A folder with a tokenizer of 30,522 entries in either file form.
class MadeUpFolder {
 public:
  explicit MadeUpFolder(bool json)
      : path_(std::filesystem::temp_directory_path() / (json ? "fbert-bench-json" : "fbert-bench-txt")) {
    std::filesystem::create_directories(path_);
    const std::vector<std::string> tokens = make_tokens();
    if (!json) {
      std::ofstream out(path_ / "vocab.txt");
      for (const std::string& token : tokens) out << token << '\n';
      return;
    }
    fbert::Json root = fbert::Json::parse(R"({"added_tokens": [], "post_processor": null,
      "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null,
                     "lowercase": true},
      "pre_tokenizer": {"type": "BertPreTokenizer"}, "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
      "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                "max_input_chars_per_word": 100}})");
    for (size_t id = 0; id < tokens.size(); ++id) root["model"]["vocab"][tokens[id]] = id;
    std::ofstream(path_ / "tokenizer.json") << root.dump(2);
  }
  ~MadeUpFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  MadeUpFolder(const MadeUpFolder&) = delete;
  MadeUpFolder& operator=(const MadeUpFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  static std::vector<std::string> make_tokens() {
    std::vector<std::string> tokens = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", ",", "'", "-"};
    for (char c = 'a'; c <= 'z'; ++c) {
      tokens.emplace_back(1, c);
      tokens.push_back(std::string("##") + c);
    }
    std::mt19937 random(1);
    for (size_t i = tokens.size(); i < 30'522; ++i) {
      std::string token = i % 5 == 0 ? "##" : "";
      for (size_t length = 2 + random() % 8; length > 0; --length) token += static_cast<char>('a' + random() % 26);
      tokens.push_back(token + std::to_string(i % 10));
    }
    return tokens;
  }

  std::filesystem::path path_;
};

std::filesystem::path model_folder(bool json) {
  static const MadeUpFolder folders[] = {MadeUpFolder(false), MadeUpFolder(true)};
  const char* named = std::getenv("FBERT_MODEL");
  return named != nullptr ? std::filesystem::path(named) : folders[json ? 1 : 0].path();
}

std::vector<std::string> english_lines() {
  std::vector<std::string> lines;
  if (const char* file = std::getenv("FBERT_TEXT")) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
  } else {
    lines = {"The film is a charming and often affecting journey.",
             "It's not the least bit funny, and nobody in the audience laughed once during two long hours!",
             "Unflinchingly bleak and desperate", "A sometimes tedious film, but it allows us to hope."};
  }
  return lines;
}

void load(benchmark::State& state) {
  const std::filesystem::path folder = model_folder(state.range(0) != 0);
  for (auto _ : state) benchmark::DoNotOptimize(Tokenizer::load(folder));
  if (std::getenv("FBERT_MODEL") == nullptr) state.SetLabel(state.range(0) != 0 ? "tokenizer.json" : "vocab.txt");
}
BENCHMARK(load)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void encode_lines(benchmark::State& state) {
  const Tokenizer tokenizer = Tokenizer::load(model_folder(false));
  const std::vector<std::string> lines = english_lines();
  Encoding encoding;
  size_t tokens = 0;
  size_t bytes = 0;
  for (auto _ : state) {
    for (const std::string& line : lines) {
      tokenizer.encode_into(line, {}, encoding);
      tokens += encoding.ids.size();
      bytes += line.size();
    }
  }
  state.counters["tokens/s"] = benchmark::Counter(static_cast<double>(tokens), benchmark::Counter::kIsRate);
  state.SetBytesProcessed(static_cast<int64_t>(bytes));
}
BENCHMARK(encode_lines)->Unit(benchmark::kMicrosecond);

std::string repeated(std::string_view unit, size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += unit;
  return text;
}

void encode_flood(benchmark::State& state, std::string_view prefix, std::string_view unit, int32_t max_length) {
  const Tokenizer tokenizer = Tokenizer::load(model_folder(false));
  const std::string text = std::string(prefix) + repeated(unit, static_cast<size_t>(state.range(0)) << 10);
  EncodeOptions options;
  options.max_length = max_length;
  Encoding encoding;
  for (auto _ : state) tokenizer.encode_into(text, options, encoding);
  state.SetBytesProcessed(static_cast<int64_t>(text.size()) * static_cast<int64_t>(state.iterations()));
}

#define FLOOD(name, prefix, unit, max_length) \
  BENCHMARK_CAPTURE(encode_flood, name, prefix, unit, max_length)->Arg(1024)->Arg(2048)->Unit(benchmark::kMillisecond)
FLOOD(one_word, "", "a", 0);
FLOOD(words_of_100, "",
      "qzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqz ", 0);
FLOOD(spaces, "", " ", 0);
FLOOD(brackets, "", "[", 0);
FLOOD(special_tokens, "", "[CLS]", 0);
FLOOD(punctuation, "", "!?.,", 0);
FLOOD(unknown_ideographs, "", "\u9f98\u9f97", 0);
FLOOD(stripped_marks, "a", "\u0301\u0316", 0);
FLOOD(kept_marks, "a", "\u0301\u302e\u0334\u3099", 0);
FLOOD(short_limit, "", "the film ", 8);

}  // namespace
