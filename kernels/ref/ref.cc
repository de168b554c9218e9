#include "kernels/table.h"
#include "kernels/vec16_ref-inl.h"
// After the vector type that it uses.
#include "kernels/float-inl.h"

namespace fbert::kernels {

const KernelTable kRefTable = table("ref", "portable C++, the reference of the tests", 0);

}  // namespace fbert::kernels
