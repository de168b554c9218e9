#include "kernels/cpu.h"

#include <cpuid.h>

#include <array>
#include <cstring>

namespace fbert::kernels {
namespace {

struct Registers {
  uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};

// All zero when the leaf does not exist.
Registers cpuid(uint32_t leaf, uint32_t subleaf = 0) {
  Registers r;
  __get_cpuid_count(leaf, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx);
  return r;
}

bool bit(uint32_t word, int index) { return (word >> index & 1u) != 0; }

// XCR0; 0 without it.
uint64_t extended_control_register() {
  if (!bit(cpuid(1).ecx, 27)) return 0;  // no OSXSAVE: XGETBV does not exist
  uint32_t low = 0;
  uint32_t high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return uint64_t{high} << 32 | low;
}

uint32_t detect() {
  const SavedStates saved = saved_states();
  uint32_t features = 0;
  const auto add = [&features](CpuFeature feature, bool present) { features |= present ? feature : 0u; };
  const Registers one = cpuid(1);
  const Registers seven = cpuid(7);
  const Registers seven_one = seven.eax >= 1 ? cpuid(7, 1) : Registers{};
  if (saved.ymm && bit(one.ecx, 28)) {
    add(kAvx2, bit(seven.ebx, 5));
    add(kFma, bit(one.ecx, 12));
    add(kF16c, bit(one.ecx, 29));
    add(kAvxVnni, bit(seven_one.eax, 4));
  }
  const bool f = bit(seven.ebx, 16), dq = bit(seven.ebx, 17), bw = bit(seven.ebx, 30), vl = bit(seven.ebx, 31);
  if (saved.zmm && f && dq && bw && vl) {
    add(kAvx512, true);
    add(kAvx512Vnni, bit(seven.ecx, 11));
    add(kAvx512Bf16, bit(seven_one.eax, 5));
  }
  add(kAmxInt8, saved.tiles && bit(seven.edx, 24) && bit(seven.edx, 25));
  return features;
}

// The 48 characters of leaves 0x80000002 to 0x80000004 without the spaces around them, and a final zero.
std::array<char, 49> read_brand() {
  std::array<char, 49> brand{};
  if (cpuid(0x80000000).eax < 0x80000004) return {"unknown"};
  for (uint32_t i = 0; i < 3; ++i) {
    const Registers r = cpuid(0x80000002 + i);
    std::memcpy(brand.data() + 16 * i, &r, 16);
  }
  const size_t begin = std::strspn(brand.data(), " ");
  size_t length = std::strlen(brand.data() + begin);
  while (length > 0 && brand[begin + length - 1] == ' ') --length;
  if (length == 0) return {"unknown"};
  std::memmove(brand.data(), brand.data() + begin, length);
  std::memset(brand.data() + length, 0, brand.size() - length);
  return brand;
}

}  // namespace

SavedStates saved_states() {
  constexpr uint64_t kYmm = 0x6;
  constexpr uint64_t kZmm = 0xe6;
  constexpr uint64_t kTiles = 0x60000;
  const uint64_t saved = extended_control_register();
  const auto all = [saved](uint64_t states) { return (saved & states) == states; };
  return {.ymm = all(kYmm), .zmm = all(kZmm), .tiles = all(kTiles)};
}

uint32_t cpu_features() {
  static const uint32_t features = detect();
  return features;
}

const char* feature_name(CpuFeature feature) {
  switch (feature) {
    case kAvx2:
      return "avx2";
    case kFma:
      return "fma";
    case kF16c:
      return "f16c";
    case kAvx512:
      return "avx512";
    case kAvx512Vnni:
      return "avx512_vnni";
    case kAvxVnni:
      return "avx_vnni";
    case kAvx512Bf16:
      return "avx512_bf16";
    case kAmxInt8:
      return "amx_int8";
  }
  return nullptr;
}

const char* cpu_brand() {
  static const std::array<char, 49> brand = read_brand();
  return brand.data();
}

void pause() noexcept { __builtin_ia32_pause(); }

}  // namespace fbert::kernels
