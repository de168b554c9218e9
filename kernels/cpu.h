#pragma once

#include <cstdint>

// What the CPU and the operating system offer, by CPUID and XGETBV.
namespace fbert::kernels {

enum CpuFeature : uint32_t {
  kAvx2 = 1u << 0,
  kFma = 1u << 1,
  kF16c = 1u << 2,
  kAvx512 = 1u << 3,  // F, BW, DQ, VL, and the operating system saves ZMM state
  kAvx512Vnni = 1u << 4,
  kAvxVnni = 1u << 5,
  kAvx512Bf16 = 1u << 6,
  kAmxInt8 = 1u << 7,
};

// The wide register states that the operating system saves on a context switch (XCR0). A feature whose registers are
// not saved counts as absent.
struct SavedStates {
  bool ymm, zmm, tiles;
};
SavedStates saved_states();

// Bits of CpuFeature.
uint32_t cpu_features();

// The name of one feature bit ("avx512_vnni"); null for an unknown bit.
const char* feature_name(CpuFeature feature);

// The processor brand string, "unknown" when CPUID has none. Static storage.
const char* cpu_brand();

// Tells the core that this thread waits in a loop: 5 to 140 cycles, depending on the CPU.
void pause() noexcept;

}  // namespace fbert::kernels
