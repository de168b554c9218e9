#include "tokenizer/tokenizer_config.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <string_view>

namespace fbert {
namespace {

constexpr std::array<std::string_view, 10> kBertClasses = {
    "BertTokenizer",     "BertTokenizerFast",     "DistilBertTokenizer", "DistilBertTokenizerFast",
    "ElectraTokenizer",  "ElectraTokenizerFast",  "MobileBertTokenizer", "MobileBertTokenizerFast",
    "ConvBertTokenizer", "ConvBertTokenizerFast",
};

}  // namespace

bool is_of_bert_class(const JsonObject& config) {
  const std::string type = config.string_or("tokenizer_class", "BertTokenizer");
  return std::find(kBertClasses.begin(), kBertClasses.end(), type) != kBertClasses.end();
}

BertNormalizerOptions normalizer_options(const JsonObject& config) {
  BertNormalizerOptions options;
  options.lowercase = config.boolean_or("do_lower_case", true);
  options.strip_accents = config.boolean_or("strip_accents", options.lowercase);
  options.handle_chinese_chars = config.boolean_or("tokenize_chinese_chars", true);
  return options;
}

int32_t model_max_length_of(const JsonObject& config) {
  if (config.find("model_max_length") == nullptr) return 0;
  const double length = config.number("model_max_length");
  if (!(length >= 1)) config.fail("model_max_length", "expected a number of at least 1");
  return length > INT32_MAX ? 0 : static_cast<int32_t>(std::floor(length));
}

}  // namespace fbert
