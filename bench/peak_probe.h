#pragma once

// What one core can multiply: the yardstick of the benchmarks, measured in the same run as they.
namespace fbert::bench {

struct PeakProbe {
  const char* instruction;  // "vpdpbusd zmm"
  // Billions of multiply-adds a second over `milliseconds` of nothing else, on the calling thread.
  double (*gmacs)(double milliseconds);
};

// The fastest exact product of bytes that this CPU has: vpdpbusd, else vpmaddwd. Null without AVX2.
const PeakProbe* peak_probe();

// Fused multiply-adds of floats, on 512 bits or on 256. Null without what they need.
const PeakProbe* fma_probe(bool on_512_bits);

}  // namespace fbert::bench
