#include "kernels/int8_sums_ref-inl.h"
#include "kernels/table.h"
#include "kernels/vec16_ref-inl.h"
// After the vector type and the integer product that it uses.
#include "kernels/table-inl.h"

namespace fbert::kernels {

const KernelTable kRefTable = table("ref", "portable C++, the reference of the tests", 0);

}  // namespace fbert::kernels
