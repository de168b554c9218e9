#include <cstdlib>
#include <string>

#include <fmt/format.h>

#include "fbert/error.h"
#include "fbert/model.h"
#include "kernels/kernels.h"

namespace fbert {
namespace {

std::string known_names() {
  std::string names;
  const kernels::TableList list = kernels::all_tables();
  for (size_t i = 0; i < list.count; ++i) names += (i > 0 ? ", " : "") + std::string(list.tables[i]->name);
  return names;
}

IsaDecision forced(const std::string& name, const std::string& by) {
  const kernels::KernelTable* table = kernels::find(name);
  if (table == nullptr) {
    throw Error(ErrorCode::kUsage,
                fmt::format("{}: unknown instruction set {}; known: {}", by, escaped(name), known_names()));
  }
  if (!kernels::supported(*table)) {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("{}: this CPU cannot run {}; the best it can run is {}", by, name, kernels::best().name));
  }
  return {table, "forced by " + by};
}

}  // namespace

IsaDecision decide_isa(const std::string& isa) {
  if (!isa.empty()) return forced(isa, "--isa");
  if (const char* variable = std::getenv("FBERT_ISA"); variable != nullptr && *variable != '\0') {
    return forced(variable, "FBERT_ISA");
  }
  return {&kernels::best(), "the best that this CPU supports"};
}

}  // namespace fbert
