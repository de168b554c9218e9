#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

#include "tests/support/tiny_model.h"

namespace fbert::testing {

// Writes a tokenizer.json with the vocabulary of the folder's vocab.txt and this post-processor (JSON).
inline void write_tokenizer_json(const std::filesystem::path& folder, const std::string& post_processor) {
  nlohmann::json vocabulary;
  std::ifstream file(folder / "vocab.txt");
  int id = 0;
  for (std::string token; std::getline(file, token); ++id) vocabulary[token] = id;
  const nlohmann::json tokenizer = {
      {"version", "1.0"},
      {"truncation", nullptr},
      {"padding", nullptr},
      {"added_tokens", nlohmann::json::array()},
      {"normalizer",
       {{"type", "BertNormalizer"},
        {"clean_text", true},
        {"handle_chinese_chars", true},
        {"strip_accents", nullptr},
        {"lowercase", true}}},
      {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
      {"post_processor", nlohmann::json::parse(post_processor)},
      {"decoder", nullptr},
      {"model",
       {{"type", "WordPiece"},
        {"unk_token", "[UNK]"},
        {"continuing_subword_prefix", "##"},
        {"max_input_chars_per_word", 100},
        {"vocab", vocabulary}}},
  };
  write_text(folder / "tokenizer.json", tokenizer.dump());
}

}  // namespace fbert::testing
