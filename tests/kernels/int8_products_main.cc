#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "tests/kernels/int8_products.h"
#include "tests/kernels/kernel_test.h"

// check_int8_products PROBLEMS SEED THREADS: exit code 1 when a word differs from the table "ref".
int main(int argc, char** argv) {
  using namespace fbert::kernels;
  const auto number = [&](int i) { return argc == 4 ? std::strtoull(argv[i], nullptr, 10) : 0; };
  const uint64_t problems = number(1), seed = number(2), threads = number(3);
  if (problems == 0 || threads == 0 || threads > 256) {
    std::fputs("usage: check_int8_products PROBLEMS SEED THREADS\n", stderr);
    return 2;
  }
  std::vector<const KernelTable*> tables = runnable_tables();
  std::erase(tables, find("ref"));
  std::vector<ProductCheck> checks(threads);
  std::vector<std::thread> workers;
  for (uint64_t i = 0; i < threads; ++i) {
    const uint64_t first = problems * i / threads, last = problems * (i + 1) / threads;
    workers.emplace_back([&checks, &tables, i, seed, first, last] {
      checks[i] = check_products(*find("ref"), tables, seed, first, last - first);
    });
  }
  for (std::thread& worker : workers) worker.join();

  ProductCheck all;
  for (const ProductCheck& check : checks) {
    all.problems += check.problems;
    all.words += check.words;
    all.differing += check.differing;
    if (all.first.empty()) all.first = check.first;
  }
  for (const KernelTable* table : tables) std::printf("%s ", table->name);
  std::printf("against ref: %llu problems, %llu words each, %llu differ\n",
              static_cast<unsigned long long>(all.problems), static_cast<unsigned long long>(all.words),
              static_cast<unsigned long long>(all.differing));
  if (!all.first.empty()) std::printf("%s\n", all.first.c_str());
  return all.differing == 0 ? 0 : 1;
}
