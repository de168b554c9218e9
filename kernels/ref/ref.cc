#include "kernels/ref/int8_sums_ref-inl.h"
#include "kernels/ref/vec16_ref-inl.h"
#include "kernels/table.h"
// After the vector type and the integer product that it uses.
#include "kernels/table-inl.h"

namespace fbert::kernels {

const KernelTable kRefTable = table("ref", "portable C++, the reference of the tests", 0);

}  // namespace fbert::kernels
