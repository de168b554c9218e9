#pragma once

namespace fbert::build_info {

extern const char* const kCommit;    // as `git describe --always --dirty` named it when CMake last ran, else ""
extern const char* const kCompiler;  // "GNU 12.2.0, Release"

}  // namespace fbert::build_info
