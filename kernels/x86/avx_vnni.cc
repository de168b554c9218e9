#include "kernels/table.h"
#include "kernels/x86/int8_sums_avxvnni-inl.h"
#include "kernels/x86/vec16_avx2-inl.h"
// After the vector type and the integer product that it uses.
#include "kernels/table-inl.h"

namespace fbert::kernels {

const KernelTable kAvxVnniTable =
    table("avx_vnni", "AVX2, FMA and F16C with AVX-VNNI", kAvx2 | kFma | kF16c | kAvxVnni);

}  // namespace fbert::kernels
