#include "engine/tensor_names.h"

namespace fbert {
namespace {

constexpr TensorNames kBertNames = {
    .prefix = "bert.",
    .word_embeddings = "embeddings.word_embeddings",
    .position_embeddings = "embeddings.position_embeddings",
    .type_embeddings = "embeddings.token_type_embeddings",
    .embedding_norm = "embeddings.LayerNorm",
    .query = "encoder.layer.{}.attention.self.query",
    .key = "encoder.layer.{}.attention.self.key",
    .value = "encoder.layer.{}.attention.self.value",
    .attention_output = "encoder.layer.{}.attention.output.dense",
    .attention_norm = "encoder.layer.{}.attention.output.LayerNorm",
    .intermediate = "encoder.layer.{}.intermediate.dense",
    .output = "encoder.layer.{}.output.dense",
    .output_norm = "encoder.layer.{}.output.LayerNorm",
    .head_dense = "pooler.dense",
    .head_dense_has_prefix = true,
    .head_activation = Activation::kTanh,
};

constexpr TensorNames kDistilBertNames = {
    .prefix = "distilbert.",
    .word_embeddings = "embeddings.word_embeddings",
    .position_embeddings = "embeddings.position_embeddings",
    .type_embeddings = nullptr,
    .embedding_norm = "embeddings.LayerNorm",
    .query = "transformer.layer.{}.attention.q_lin",
    .key = "transformer.layer.{}.attention.k_lin",
    .value = "transformer.layer.{}.attention.v_lin",
    .attention_output = "transformer.layer.{}.attention.out_lin",
    .attention_norm = "transformer.layer.{}.sa_layer_norm",
    .intermediate = "transformer.layer.{}.ffn.lin1",
    .output = "transformer.layer.{}.ffn.lin2",
    .output_norm = "transformer.layer.{}.output_layer_norm",
    .head_dense = "pre_classifier",
    .head_dense_has_prefix = false,
    .head_activation = Activation::kRelu,
};

}  // namespace

const TensorNames& tensor_names(Family family) { return family == Family::kBert ? kBertNames : kDistilBertNames; }

}  // namespace fbert
