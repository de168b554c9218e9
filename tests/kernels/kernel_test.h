#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "kernels/kernels.h"

namespace fbert::kernels {

// A test that runs once for each table; tables that this CPU lacks are skipped.
class KernelTest : public ::testing::TestWithParam<const KernelTable*> {
 protected:
  void SetUp() override {
    if (!supported(table())) GTEST_SKIP() << "this CPU cannot run the " << table().name << " kernels";
  }
  const KernelTable& table() const { return *GetParam(); }
};

using Sizes = std::initializer_list<size_t>;

inline std::vector<const KernelTable*> every_table() {
  const TableList list = all_tables();
  return {list.tables, list.tables + list.count};
}

// tests/kernels/vnni256_table.cc; its users link the library fbert_vnni256.
extern const KernelTable kVnni256Table;

// The tables of this library that this CPU can run, and the tile of avx_vnni in the encoding that it can run.
inline std::vector<const KernelTable*> runnable_tables() {
  std::vector<const KernelTable*> tables = every_table();
  tables.push_back(&kVnni256Table);
  std::erase_if(tables, [](const KernelTable* table) { return !supported(*table); });
  return tables;
}

// Calls f(table) for every table that this CPU can run.
template <typename F>
void for_each_table(F f) {
  for (const KernelTable* table : runnable_tables()) {
    SCOPED_TRACE(table->name);
    f(*table);
  }
}

inline std::string table_name(const ::testing::TestParamInfo<const KernelTable*>& parameter) {
  return parameter.param->name;
}

}  // namespace fbert::kernels

#define FBERT_FOR_EVERY_TABLE(suite) \
  INSTANTIATE_TEST_SUITE_P(Tables, suite, ::testing::ValuesIn(every_table()), table_name)
