#include <cstdlib>
#include <string>

#include <fmt/format.h>

#include "fbert/error.h"
#include "fbert/isa.h"
#include "kernels/kernels.h"

namespace fbert {
namespace {

std::string known_names() {
  std::string names;
  const kernels::TableList list = kernels::all_tables();
  for (size_t i = 0; i < list.count; ++i) names += (i > 0 ? ", " : "") + std::string(list.tables[i]->name);
  return names;
}

// `fail` takes the code and the message, without what asked for the table.
template <typename Fail>
const kernels::KernelTable* find_table(const std::string& name, const Fail& fail) {
  const kernels::KernelTable* table = kernels::find(name);
  if (table == nullptr) {
    fail(ErrorCode::kUsage, fmt::format(": unknown instruction set {}; known: {}", escaped(name), known_names()));
  } else if (!kernels::supported(*table)) {
    fail(ErrorCode::kUnsupported,
         fmt::format(": this CPU cannot run {}; the best it can run is {}", name, kernels::best().name));
  }
  return table;
}

constexpr const char* kVariable = "FBERT_ISA";

}  // namespace

IsaDecision decide_isa(const std::string& isa) {
  if (!isa.empty()) {
    const auto fail = [](ErrorCode code, const std::string& problem) { throw OptionError(code, "", "isa", problem); };
    return {find_table(isa, fail), "requested"};
  }
  if (const char* variable = std::getenv(kVariable); variable != nullptr && *variable != '\0') {
    const auto fail = [](ErrorCode code, const std::string& problem) { throw Error(code, kVariable + problem); };
    return {find_table(variable, fail), std::string("forced by ") + kVariable};
  }
  return {&kernels::best(), "the best that this CPU supports"};
}

}  // namespace fbert
