#pragma once

#include <cstdint>

#include "loader/json.h"
#include "tokenizer/normalizer.h"

namespace fbert {

// What tokenizer_config.json says, for every form of vocabulary. An absent key has the value of Hugging Face's classes.

// Whether its class is BERT's, which is so for a file that names none.
bool is_of_bert_class(const JsonObject& config);

// do_lower_case, strip_accents and tokenize_chinese_chars.
BertNormalizerOptions normalizer_options(const JsonObject& config);

// `model_max_length`; 0 when it is absent or means "no limit".
int32_t model_max_length_of(const JsonObject& config);

}  // namespace fbert
