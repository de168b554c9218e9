// check_determinism MODEL TEXTS [ROWS]: runs the lines of a file with a model in fp32, by fbert's own products, and in
// int8, on every instruction set that this CPU has, alone, in batches of 7 and of 64 in shuffled orders, with 1, 2 and 7
// threads, and counts the bits of the logits that differ from those of one text at a time on one thread.

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "fbert/error.h"
#include "fbert/model.h"
#include "fbert/quantize.h"
#include "fbert/tokenizer.h"
#include "kernels/kernels.h"

namespace fbert {
namespace {

std::vector<Encoding> encode_lines(const std::filesystem::path& folder, const char* path, size_t rows) {
  const Tokenizer tokenizer = Tokenizer::load(folder);
  std::vector<Encoding> encodings;
  std::ifstream in(path);
  for (std::string line; encodings.size() < rows && std::getline(in, line);) {
    encodings.push_back(tokenizer.encode(line, {.max_length = 128}));
  }
  return encodings;
}

// Logits by row, (rows, labels), computed in a shuffled order.
std::vector<float> run(const Model& model, const std::vector<Encoding>& texts, size_t batch_size, int threads) {
  const auto labels = static_cast<size_t>(model.config().num_labels());
  std::vector<size_t> order(texts.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::shuffle(order.begin(), order.end(), std::mt19937(static_cast<unsigned>(batch_size) + 100));
  Context context(model, threads);
  std::vector<float> logits(texts.size() * labels);
  std::vector<float> own(batch_size * labels);
  for (size_t begin = 0; begin < order.size(); begin += batch_size) {
    const size_t count = std::min(batch_size, order.size() - begin);
    PackedBatch batch(model.config());
    for (size_t i = begin; i < begin + count; ++i) batch.add(texts[order[i]].ids, texts[order[i]].type_ids);
    model.forward(batch, context, std::span(own).first(count * labels));
    for (size_t i = 0; i < count; ++i) std::copy_n(&own[i * labels], labels, &logits[order[begin + i] * labels]);
  }
  return logits;
}

uint64_t differing_bits(const std::vector<float>& a, const std::vector<float>& b) {
  uint64_t bits = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    bits += static_cast<uint64_t>(std::popcount(std::bit_cast<uint32_t>(a[i]) ^ std::bit_cast<uint32_t>(b[i])));
  }
  return bits;
}

uint64_t check(const char* folder, const std::vector<Encoding>& texts, Precision precision) {
  std::vector<float> expected;
  uint64_t total = 0;
  for (size_t i = 0; i < kernels::all_tables().count; ++i) {
    const kernels::KernelTable& table = *kernels::all_tables().tables[i];
    if (!kernels::supported(table)) {
      std::printf("%s %-12s not on this CPU\n", to_string(precision), table.name);
      continue;
    }
    const Model model = load_model(folder, {.precision = precision, .isa = table.name, .blas = "own"});
    if (expected.empty()) expected = run(model, texts, 1, 1);
    for (const size_t batch_size : {size_t{1}, size_t{7}, size_t{64}}) {
      for (const int threads : {1, 2, 7}) {
        const uint64_t bits = differing_bits(run(model, texts, batch_size, threads), expected);
        std::printf("%s %-12s %zu texts, batch %2zu, %d threads: %llu bits differ\n", to_string(precision), table.name,
                    texts.size(), batch_size, threads, static_cast<unsigned long long>(bits));
        std::fflush(stdout);
        total += bits;
      }
    }
  }
  return total;
}

int check(const char* folder, const char* path, size_t rows) {
  const std::vector<Encoding> texts = encode_lines(folder, path, rows);
  const uint64_t bits = check(folder, texts, Precision::kF32) + check(folder, texts, Precision::kInt8);
  return bits == 0 ? 0 : 1;
}

}  // namespace
}  // namespace fbert

int main(int argc, char** argv) {
  if (argc < 3 || argc > 4) {
    std::fputs("usage: check_determinism MODEL TEXTS [ROWS]\n", stderr);
    return 2;
  }
  try {
    return fbert::check(argv[1], argv[2], argc == 4 ? std::strtoul(argv[3], nullptr, 10) : 2000);
  } catch (const fbert::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
