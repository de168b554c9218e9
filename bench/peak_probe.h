#pragma once

// What one core can multiply: the yardstick of the benchmarks, measured in the same run as they.
namespace fbert::bench {

struct PeakProbe {
  const char* instruction;  // "vpdpbusd zmm"
  // Billions of multiply-adds of 8-bit values a second over `milliseconds` of nothing else, on the calling thread.
  double (*gmacs)(double milliseconds);
};

// The fastest exact product of bytes that this CPU has: vpdpbusd, else vpmaddwd. Null without AVX2.
const PeakProbe* peak_probe();

}  // namespace fbert::bench
