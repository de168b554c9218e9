#include "fbert/version.h"

#define FBERT_TEXT_OF(value) #value
#define FBERT_DOTTED(major, minor, patch) FBERT_TEXT_OF(major) "." FBERT_TEXT_OF(minor) "." FBERT_TEXT_OF(patch)

namespace fbert {

const char* version() noexcept { return FBERT_DOTTED(FBERT_VERSION_MAJOR, FBERT_VERSION_MINOR, FBERT_VERSION_PATCH); }

}  // namespace fbert
