#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/bench/inputs.h"
#include "cli/bench/results.h"
#include "fbert/classifier.h"
#include "fbert/model.h"
#include "fbert/tokenizer.h"

namespace fbert {

// Runs calls whose steps are timed, apart from the samples, because reading the clock at every step takes time too.
// `tokenizer` may be null. `texts` are those of each batch, for the time of the tokenizer; none: texts are made from
// the tokens.
BenchStages measure_stages(const Model& model, const Tokenizer* tokenizer, std::span<const TokenBatch> batches,
                           std::span<const std::vector<TextInput>> texts, int threads);

}  // namespace fbert
