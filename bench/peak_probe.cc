#include "bench/peak_probe.h"

#include <immintrin.h>

#include <chrono>

#include "kernels/cpu.h"

namespace fbert::bench {
namespace {

using Clock = std::chrono::steady_clock;

// Independent sums, more than an instruction's latency times the units that run it; they fit the registers, and nothing
// here may make the compiler put them anywhere else.
constexpr int kSums = 12;
constexpr int kSteps = 4000;  // between readings of the clock, some 10 us

#define FBERT_TWELVE(f) f(0) f(1) f(2) f(3) f(4) f(5) f(6) f(7) f(8) f(9) f(10) f(11)

template <typename Steps>
double rate(double milliseconds, double macs_per_step, const Steps& steps) {
  const auto start = Clock::now();
  double seconds = 0;
  double calls = 0;
  do {
    steps();
    ++calls;
    seconds = std::chrono::duration<double>(Clock::now() - start).count();
  } while (seconds * 1e3 < milliseconds);
  return calls * kSteps * kSums * macs_per_step / seconds / 1e9;
}

__attribute__((target("avx512f,avx512vnni"), noinline)) void steps_zmm() {
  __m512i a = _mm512_set1_epi8(1), b = a;
  __asm__ volatile("" : "+v"(a), "+v"(b));
#define FBERT_DECLARE(i)                 \
  __m512i s##i = _mm512_setzero_si512(); \
  __asm__ volatile("" : "+v"(s##i)); /* else one sum does for all */
#define FBERT_STEP(i) s##i = _mm512_dpbusd_epi32(s##i, a, b);
#define FBERT_KEEP(i) __asm__ volatile("" ::"v"(s##i));
  FBERT_TWELVE(FBERT_DECLARE)
  for (int step = 0; step < kSteps; ++step) {
    FBERT_TWELVE(FBERT_STEP)
  }
  FBERT_TWELVE(FBERT_KEEP)
#undef FBERT_DECLARE
#undef FBERT_STEP
#undef FBERT_KEEP
}

#define FBERT_DECLARE(i)                 \
  __m256i s##i = _mm256_setzero_si256(); \
  __asm__ volatile("" : "+x"(s##i));
#define FBERT_KEEP(i) __asm__ volatile("" ::"x"(s##i));

__attribute__((target("avx2,avxvnni"), noinline)) void steps_ymm() {
  __m256i a = _mm256_set1_epi8(1), b = a;
  __asm__ volatile("" : "+x"(a), "+x"(b));
#define FBERT_STEP(i) s##i = _mm256_dpbusd_avx_epi32(s##i, a, b);
  FBERT_TWELVE(FBERT_DECLARE)
  for (int step = 0; step < kSteps; ++step) {
    FBERT_TWELVE(FBERT_STEP)
  }
  FBERT_TWELVE(FBERT_KEEP)
#undef FBERT_STEP
}

__attribute__((target("avx2"), noinline)) void steps_words() {
  __m256i a = _mm256_set1_epi8(1), b = a;
#define FBERT_STEP(i)                                                 \
  __asm__ volatile("" : "+x"(a)); /* else one product does for all */ \
  s##i = _mm256_add_epi32(s##i, _mm256_madd_epi16(a, b));
  FBERT_TWELVE(FBERT_DECLARE)
  for (int step = 0; step < kSteps; ++step) {
    FBERT_TWELVE(FBERT_STEP)
  }
  FBERT_TWELVE(FBERT_KEEP)
#undef FBERT_STEP
}

// x * y + sum with y so small that no sum ever overflows.
#define FBERT_DECLARE_FLOATS(i)      \
  __m256 s##i = _mm256_setzero_ps(); \
  __asm__ volatile("" : "+x"(s##i));
__attribute__((target("avx2,fma"), noinline)) void fma_steps_ymm() {
  __m256 a = _mm256_set1_ps(1.0F), b = _mm256_set1_ps(1e-9F);
  __asm__ volatile("" : "+x"(a), "+x"(b));
#define FBERT_STEP(i) s##i = _mm256_fmadd_ps(a, b, s##i);
  FBERT_TWELVE(FBERT_DECLARE_FLOATS)
  for (int step = 0; step < kSteps; ++step) {
    FBERT_TWELVE(FBERT_STEP)
  }
  FBERT_TWELVE(FBERT_KEEP)
#undef FBERT_STEP
}

#undef FBERT_DECLARE_FLOATS
#define FBERT_DECLARE_FLOATS(i)      \
  __m512 s##i = _mm512_setzero_ps(); \
  __asm__ volatile("" : "+v"(s##i));
#undef FBERT_KEEP
#define FBERT_KEEP(i) __asm__ volatile("" ::"v"(s##i));
__attribute__((target("avx512f"), noinline)) void fma_steps_zmm() {
  __m512 a = _mm512_set1_ps(1.0F), b = _mm512_set1_ps(1e-9F);
  __asm__ volatile("" : "+v"(a), "+v"(b));
#define FBERT_STEP(i) s##i = _mm512_fmadd_ps(a, b, s##i);
  FBERT_TWELVE(FBERT_DECLARE_FLOATS)
  for (int step = 0; step < kSteps; ++step) {
    FBERT_TWELVE(FBERT_STEP)
  }
  FBERT_TWELVE(FBERT_KEEP)
#undef FBERT_STEP
}

constexpr PeakProbe kZmm = {"vpdpbusd zmm", [](double milliseconds) { return rate(milliseconds, 64, steps_zmm); }};
constexpr PeakProbe kYmm = {"vpdpbusd ymm", [](double milliseconds) { return rate(milliseconds, 32, steps_ymm); }};
constexpr PeakProbe kWords = {"vpmaddwd and vpaddd ymm",
                              [](double milliseconds) { return rate(milliseconds, 16, steps_words); }};

constexpr PeakProbe kFmaZmm = {"vfmadd zmm", [](double milliseconds) { return rate(milliseconds, 16, fma_steps_zmm); }};
constexpr PeakProbe kFmaYmm = {"vfmadd ymm", [](double milliseconds) { return rate(milliseconds, 8, fma_steps_ymm); }};

}  // namespace

const PeakProbe* fma_probe(bool on_512_bits) {
  const uint32_t needed = on_512_bits ? kernels::kAvx512 : kernels::kAvx2 | kernels::kFma;
  if ((kernels::cpu_features() & needed) != needed) return nullptr;
  return on_512_bits ? &kFmaZmm : &kFmaYmm;
}

const PeakProbe* peak_probe() {
  const uint32_t features = kernels::cpu_features();
  if ((features & kernels::kAvx512Vnni) != 0) return &kZmm;
  if ((features & kernels::kAvxVnni) != 0) return &kYmm;
  return (features & kernels::kAvx2) != 0 ? &kWords : nullptr;
}

}  // namespace fbert::bench
