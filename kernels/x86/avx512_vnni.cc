#include "kernels/table.h"
#include "kernels/x86/int8_sums_vnni512-inl.h"
#include "kernels/x86/vec16_avx512-inl.h"
// After the vector type and the integer product that it uses.
#include "kernels/table-inl.h"

namespace fbert::kernels {

const KernelTable kAvx512VnniTable = table("avx512_vnni", "AVX-512 (F, BW, DQ, VL) with VNNI", kAvx512 | kAvx512Vnni);

}  // namespace fbert::kernels
