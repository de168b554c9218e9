#include "cli/inspect/cpu.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fbert/error.h"
#include "kernels/kernels.h"
#include "tests/cli/tiny_model_fixture.h"

namespace fbert::inspect_cpu_test {
namespace {

using ::testing::ElementsAre;
using testing::expect_failure;
using ::testing::HasSubstr;
using testing::keys_of;
using testing::Outcome;
using testing::run_fbert;
using testing::TemporaryFolder;
using testing::write_text;

TEST(InspectCpu, NamesEveryTableAndWhatItMisses) {
  const auto report = inspect_cpu({});
  const kernels::TableList list = kernels::all_tables();
  ASSERT_EQ(report["tables"].size(), list.count);
  for (size_t i = 0; i < list.count; ++i) {
    const auto& table = report["tables"][i];
    EXPECT_EQ(table["name"], list.tables[i]->name);
    EXPECT_EQ(table["supported"], kernels::supported(*list.tables[i]));
    EXPECT_EQ(table["missing"].empty(), kernels::supported(*list.tables[i])) << table;
  }
  for (const auto& feature : report["features"]) EXPECT_NE(feature, "unknown");
}

TEST(InspectCpu, SaysWhichTableIsChosenAndWhy) {
  EXPECT_EQ(inspect_cpu({.isa = "ref", .threads = 3})["isa"]["name"], "ref");
  EXPECT_EQ(inspect_cpu({.isa = "ref", .threads = 3})["isa"]["reason"], "forced by --isa");
  EXPECT_EQ(inspect_cpu({.isa = "ref", .threads = 3})["threads"]["count"], 3);
  EXPECT_THROW(inspect_cpu({.isa = "mmx"}), Error);
}

TEST(InspectCpu, SaysWhereInt8DoesNotPay) {
  EXPECT_THAT(inspect_cpu({.isa = "ref"})["int8"].get<std::string>(), HasSubstr("does not pay"));
  if (!kernels::supported(*kernels::find("avx2"))) GTEST_SKIP() << "this CPU has no AVX2";
  EXPECT_THAT(inspect_cpu({.isa = "avx2"})["int8"].get<std::string>(), HasSubstr("pays less"));
}

class Machine {
 public:
  void file(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((folder_.path() / name).parent_path());
    write_text(folder_.path() / name, text);
  }
  void cache(int index, const char* level, const char* type, const char* size) const {
    const std::string path = "sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index) + "/";
    file(path + "level", level);
    file(path + "type", type);
    file(path + "size", size);
    file(path + "shared_cpu_list", "0-3\n");
  }
  std::filesystem::path root() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
};

TEST(InspectCpu, ReadsCachesQuotaAndHugePages) {
  const Machine machine;
  machine.cache(0, "1\n", "Data\n", "48K\n");
  machine.cache(1, "1\n", "Instruction\n", "32K\n");
  machine.cache(2, "2\n", "Unified\n", "2048K\n");
  machine.cache(3, "3\n", "Unified\n", "24M\n");
  machine.file("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
  machine.file("proc/self/cgroup", "0::/\n");
  machine.file("sys/fs/cgroup/cpu.max", "150000 100000\n");
  const auto report = inspect_cpu({}, machine.root());
  ASSERT_EQ(report["caches"].size(), 3U);
  EXPECT_EQ(report["caches"][0]["name"], "L1d");
  EXPECT_EQ(report["caches"][0]["bytes"], 48 << 10);
  EXPECT_EQ(report["caches"][2]["bytes"], 24 << 20);
  EXPECT_EQ(report["caches"][2]["shared_by_processors"], "0-3");
  EXPECT_EQ(report["transparent_huge_pages"], "madvise");
  EXPECT_EQ(report["cgroup_quota"], 1.5);
  EXPECT_THAT(describe_cpu(report), HasSubstr("L1d 48 KiB, L2 2 MiB, L3 24 MiB"));
}

TEST(InspectCpu, BearsWithASystemThatSaysNothing) {
  const Machine machine;
  machine.cache(0, "1\n", "Data\n", "nonsense\n");
  const auto report = inspect_cpu({}, machine.root());
  EXPECT_TRUE(report["caches"][0]["bytes"].is_null());
  EXPECT_TRUE(report["transparent_huge_pages"].is_null());
  EXPECT_TRUE(report["cgroup_quota"].is_null());
  const std::string text = describe_cpu(report);
  EXPECT_THAT(text, HasSubstr("L1d unknown"));
  EXPECT_THAT(text, HasSubstr("none"));
}

TEST(InspectCpuCommand, NeedsNoModel) {
  const Outcome json = run_fbert({"inspect", "--cpu", "--format", "json", "--isa", "ref", "--threads", "3"});
  ASSERT_EQ(json.exit_code, 0) << json.errors;
  const auto report = nlohmann::ordered_json::parse(json.output);
  EXPECT_THAT(keys_of(report),
              ElementsAre("cpu", "features", "saved_by_system", "tables", "isa", "int8", "fp32", "blas", "processors",
                          "cgroup_quota", "threads", "caches", "transparent_huge_pages"));
  EXPECT_EQ(report["threads"]["count"], 3);
  const Outcome table = run_fbert({"inspect", "--cpu"});
  ASSERT_EQ(table.exit_code, 0) << table.errors;
  EXPECT_THAT(table.output, HasSubstr("\nref "));
}

using IsaOption = testing::ProgramTest;

TEST_F(IsaOption, IsTakenByEveryCommandAndCheckedByEach) {
  const std::string rows = write("rows.csv", "text,label\na,no\nb,yes\n");
  const std::vector<std::vector<std::string>> commands = {
      {"run", "--model", model(), "a"},
      {"eval", "--model", model(), "--csv", rows},
      {"quantize", "--model", model(), "--output", file("quantised").string()},
      {"inspect", "--model", model()},
      {"inspect", "--cpu"},
      {"tokenize", "--model", model(), "a"},
  };
  for (const std::vector<std::string>& command : commands) {
    const auto with = [&](const std::string& isa) {
      std::vector<std::string> arguments = command;
      arguments.insert(arguments.end(), {"--isa", isa});
      return run_fbert(arguments);
    };
    const Outcome outcome = with("ref");
    EXPECT_EQ(outcome.exit_code, 0) << command[0] << ": " << outcome.errors;
    expect_failure(with("mmx"), 2, "--isa: unknown instruction set 'mmx'");
  }
}

}  // namespace
}  // namespace fbert::inspect_cpu_test
