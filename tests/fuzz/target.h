// FBERT_FUZZ_TARGET(name) { ... }: the fuzz target `name` over `size` bytes at `data`, which returns 0. For libFuzzer
// it is the program's entry; otherwise one of the targets that replay_main.cc knows by name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace fbert::testing {

using FuzzTarget = int(const uint8_t* data, size_t size);

inline std::map<std::string, FuzzTarget*>& fuzz_targets() {
  static std::map<std::string, FuzzTarget*> targets;
  return targets;
}

}  // namespace fbert::testing

#ifdef FBERT_LIBFUZZER
#define FBERT_FUZZ_TARGET(name) extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
#else
#define FBERT_FUZZ_TARGET(name)                                                \
  static ::fbert::testing::FuzzTarget fuzz_one_input;                          \
  [[maybe_unused]] static const bool is_known =                                \
      ::fbert::testing::fuzz_targets().emplace(#name, &fuzz_one_input).second; \
  static int fuzz_one_input(const uint8_t* data, size_t size)
#endif
