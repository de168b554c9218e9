#include "kernels/table.h"
#include "kernels/x86/int8_sums_avx2-inl.h"
#include "kernels/x86/vec16_avx2-inl.h"
// After the vector type and the integer product that it uses.
#include "kernels/table-inl.h"

namespace fbert::kernels {

const KernelTable kAvx2Table = table("avx2", "AVX2, FMA and F16C", kAvx2 | kFma | kF16c);

}  // namespace fbert::kernels
