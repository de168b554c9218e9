#pragma once

#include <cstdint>

namespace fbert {

// Counts the forks between the first call and this process: it changes in a child, which lacks the threads that its
// parent had started.
uint32_t fork_generation() noexcept;

}  // namespace fbert
