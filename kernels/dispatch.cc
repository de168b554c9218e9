#include "kernels/cpu.h"
#include "kernels/kernels.h"

namespace fbert::kernels {
namespace {

// Best first: vpdpbusd on 512 bits; on 256 bits, which does as many products in an instruction as vpmaddwd on 512 and
// adds them up besides; then the width of what is left. No CPU has both AVX-VNNI and AVX-512 without VNNI.
constexpr const KernelTable* kTables[] = {&kAvx512VnniTable, &kAvxVnniTable, &kAvx512Table, &kAvx2Table, &kRefTable};

}  // namespace

TableList all_tables() { return {kTables, sizeof(kTables) / sizeof(kTables[0])}; }

const KernelTable* find(std::string_view name) {
  for (const KernelTable* table : kTables) {
    if (name == table->name) return table;
  }
  return nullptr;
}

bool supported(const KernelTable& table) { return (table.required & ~cpu_features()) == 0; }

const KernelTable& best() {
  for (const KernelTable* table : kTables) {
    if (supported(*table)) return *table;
  }
  return kRefTable;
}

}  // namespace fbert::kernels
