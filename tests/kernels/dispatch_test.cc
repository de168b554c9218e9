#include <cstring>
#include <set>
#include <string>

#include "kernels/cpu.h"
#include "tests/kernels/kernel_test.h"

namespace fbert::kernels::dispatch_test {
namespace {

TEST(Dispatch, FindsEveryTableByItsName) {
  std::set<std::string> names;
  for (const KernelTable* table : every_table()) {
    EXPECT_EQ(find(table->name), table);
    EXPECT_TRUE(names.insert(table->name).second) << table->name << " twice";
  }
  EXPECT_TRUE(names.contains("ref"));
  EXPECT_TRUE(names.contains("avx2"));
  EXPECT_TRUE(names.contains("avx_vnni"));
  EXPECT_TRUE(names.contains("avx512"));
}

TEST(Dispatch, KnowsNoOtherName) {
  for (const char* name : {"", "re", "reff", "REF", "avx", "avx-512", " avx2"}) EXPECT_EQ(find(name), nullptr) << name;
  EXPECT_EQ(find(std::string_view("ref\0", 4)), nullptr);
}

TEST(Dispatch, ReferenceTableIsLastAndRunsEverywhere) {
  EXPECT_STREQ(every_table().back()->name, "ref");
  EXPECT_EQ(every_table().back()->required, 0u);
  EXPECT_TRUE(supported(*find("ref")));
}

TEST(Dispatch, BestIsTheFirstSupportedTable) {
  for (const KernelTable* table : every_table()) {
    if (table == &best()) break;
    EXPECT_FALSE(supported(*table)) << table->name;
  }
  EXPECT_TRUE(supported(best()));
}

TEST(Dispatch, TableIsSupportedOnlyWithAllItsFeatures) {
  KernelTable table = *find("ref");
  table.required = cpu_features();
  EXPECT_TRUE(supported(table));
  table.required |= 1u << 31;
  EXPECT_FALSE(supported(table));
  EXPECT_EQ(find("avx2")->required, uint32_t{kAvx2 | kFma | kF16c});
  EXPECT_EQ(find("avx_vnni")->required, uint32_t{kAvx2 | kFma | kF16c | kAvxVnni});
  EXPECT_EQ(find("avx512")->required, uint32_t{kAvx512});
}

TEST(Dispatch, TablesAreComplete) {
  for (const KernelTable* table : every_table()) {
    const auto* words = reinterpret_cast<void* const*>(&table->add_layer_norm);
    const auto* end = reinterpret_cast<void* const*>(table + 1);
    for (; words != end; ++words) EXPECT_NE(*words, nullptr) << table->name;
    EXPECT_GT(std::strlen(table->description), 0u);
    EXPECT_EQ(std::strchr(table->description, '\n'), nullptr);
  }
}

}  // namespace
}  // namespace fbert::kernels::dispatch_test
