#include "kernels/table.h"
#include "kernels/x86/int8_sums_avxvnni-inl.h"
#include "kernels/x86/vec16_avx2-inl.h"
// After the vector type and the integer product that it uses.
#include "kernels/table-inl.h"

namespace fbert::kernels {

// The table avx_vnni with vpdpbusd in the encoding of AVX-512, for CPUs that have no other. Declared in
// tests/kernels/kernel_test.h.
extern const KernelTable kVnni256Table;
const KernelTable kVnni256Table =
    table("vnni256", "the tile of avx_vnni, by AVX-512 VL with VNNI", kAvx2 | kFma | kAvx512 | kAvx512Vnni);

}  // namespace fbert::kernels
