// config.json from arbitrary bytes: a configuration that is accepted is consistent, and everything else is an Error of
// one line.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "fbert/config.h"
#include "fbert/error.h"
#include "tests/fuzz/target.h"

namespace fbert::fuzz_config {
namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void check(const fbert::ModelConfig& config) {
  require(config.vocab_size > 0 && config.hidden_size > 0 && config.num_hidden_layers > 0);
  require(config.num_attention_heads > 0 && config.intermediate_size > 0 && config.max_position_embeddings > 0);
  require(config.head_size() * config.num_attention_heads == config.hidden_size);
  require(config.layer_norm_eps > 0);
  require(config.classification() == nullptr || !config.labels().empty());
  require((config.family == fbert::Family::kBert) == (config.type_vocab_size > 0));
}

}  // namespace

FBERT_FUZZ_TARGET(fuzz_config) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    check(fbert::parse_config(text, "config.json"));
  } catch (const fbert::Error& error) {
    require(std::string_view(error.what()).find('\n') == std::string_view::npos);
    require(error.code() == fbert::ErrorCode::kData || error.code() == fbert::ErrorCode::kUnsupported);
  }
  return 0;
}

}  // namespace fbert::fuzz_config
