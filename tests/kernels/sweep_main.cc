#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "kernels/kernels.h"
#include "tests/kernels/sweep.h"

// sweep_float_kernels TABLE STRIDE [FUNCTION]: prints the largest errors over every STRIDE-th float.
int main(int argc, char** argv) {
  using namespace fbert::kernels;
  const KernelTable* table = argc >= 3 ? find(argv[1]) : nullptr;
  const unsigned long stride = argc >= 3 ? std::strtoul(argv[2], nullptr, 10) : 0;
  if (table == nullptr || stride == 0 || stride > 0xffffffffu || argc > 4) {
    std::fputs("usage: sweep_float_kernels TABLE STRIDE [FUNCTION]\n", stderr);
    return 2;
  }
  if (!supported(*table)) {
    std::fprintf(stderr, "this CPU cannot run the %s kernels\n", table->name);
    return 3;
  }
  bool found = false;
  for (const Elementary& function : elementary_functions()) {
    if (argc == 4 && std::string_view(argv[3]) != function.name) continue;
    found = true;
    const SweepResult r = sweep(function, *table, static_cast<uint32_t>(stride));
    std::printf("%-8s %-10s %10llu floats  max %.4f ULP at %a (%.9g)", table->name, function.name,
                static_cast<unsigned long long>(r.arguments), r.max_ulp, static_cast<double>(r.at_max_ulp),
                static_cast<double>(r.at_max_ulp));
    if (function.max_absolute > 0) {
      std::printf("  below %g: max error %.3g at %.9g", static_cast<double>(function.relative_from), r.max_absolute,
                  static_cast<double>(r.at_max_absolute));
    }
    std::printf("  wrong NaN: %llu\n", static_cast<unsigned long long>(r.wrong_nan));
    std::fflush(stdout);
  }
  if (!found) std::fprintf(stderr, "no function named %s\n", argv[3]);
  return found ? 0 : 2;
}
