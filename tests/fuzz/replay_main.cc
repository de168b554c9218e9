// replay TARGET PATH...: runs a fuzz target over files and folders; the normal build's stand-in for libFuzzer.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "tests/fuzz/target.h"

namespace {

namespace fs = std::filesystem;

void replay(fbert::testing::FuzzTarget* target, const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::vector<char> bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  target(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
  const auto& targets = fbert::testing::fuzz_targets();
  const auto found = targets.find(argc > 1 ? argv[1] : "");
  if (found == targets.end()) {
    std::fputs("usage: fuzz_replay TARGET PATH...; the targets are\n", stderr);
    for (const auto& [name, target] : targets) std::fprintf(stderr, "  %s\n", name.c_str());
    return 2;
  }
  int count = 0;
  for (int i = 2; i < argc; ++i) {
    if (!fs::is_directory(argv[i])) {
      replay(found->second, argv[i]);
      ++count;
      continue;
    }
    for (const auto& entry : fs::recursive_directory_iterator(argv[i])) {
      if (!entry.is_regular_file()) continue;
      replay(found->second, entry.path());
      ++count;
    }
  }
  std::printf("replayed %d inputs\n", count);
  return count > 0 ? 0 : 1;
}
