#include "kernels/table.h"
#include "kernels/x86/int8_sums_avx512-inl.h"
#include "kernels/x86/vec16_avx512-inl.h"
// After the vector type and the integer product that it uses.
#include "kernels/table-inl.h"

namespace fbert::kernels {

const KernelTable kAvx512Table = table("avx512", "AVX-512 (F, BW, DQ, VL)", kAvx512);

}  // namespace fbert::kernels
