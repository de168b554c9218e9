#include "cli/bench/build_info.h"

namespace fbert::build_info {

const char* const kCommit = FBERT_COMMIT;
const char* const kCompiler = FBERT_COMPILER;

}  // namespace fbert::build_info
