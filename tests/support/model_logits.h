#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "fbert/model.h"

namespace fbert::testing {

// Logits of random texts of several lengths, one after another.
inline std::vector<float> logits_of_random_texts(const Model& model, int threads = 1) {
  std::mt19937 random(11);
  PackedBatch batch(model.config());
  for (const size_t length : std::initializer_list<size_t>{1, 2, 7, 8, 25, 48}) {
    std::vector<int32_t> ids(length);
    for (int32_t& id : ids) id = static_cast<int32_t>(random() % static_cast<unsigned>(model.config().vocab_size));
    batch.add(ids);
  }
  Context context(model, threads);
  std::vector<float> values(static_cast<size_t>(batch.sequences() * model.config().num_labels()));
  model.forward(batch, context, values);
  return values;
}

}  // namespace fbert::testing
