#include "fbert/precision.h"

namespace fbert {

const char* to_string(Precision precision) { return precision == Precision::kInt8 ? "int8" : "fp32"; }

const char* to_string(EmbeddingType type) {
  switch (type) {
    case EmbeddingType::kF32:
      return "fp32";
    case EmbeddingType::kF16:
      return "fp16";
    case EmbeddingType::kInt8:
      return "int8";
  }
  return "";
}

}  // namespace fbert
