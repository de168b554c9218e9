// Skips all tests of a program when FBERT_ISA names a table that this CPU cannot run.
#include <gtest/gtest.h>

#include <cstdlib>

#include "kernels/kernels.h"

namespace fbert {
namespace {

class IsaEnvironment : public ::testing::Environment {
 public:
  void SetUp() override {
    const char* name = std::getenv("FBERT_ISA");
    if (name == nullptr || *name == '\0') return;
    const kernels::KernelTable* table = kernels::find(name);
    ASSERT_NE(table, nullptr) << "FBERT_ISA: no table is named " << name;
    if (!kernels::supported(*table)) GTEST_SKIP() << "this CPU cannot run " << name;
  }
};

[[maybe_unused]] const ::testing::Environment* const environment =
    ::testing::AddGlobalTestEnvironment(new IsaEnvironment);

}  // namespace
}  // namespace fbert
