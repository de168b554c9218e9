// The weights of a folder, in one file or in shards.
#include "loader/weight_files.h"

#include "tests/loader/safetensors_bytes.h"
#include "tests/support/file_sha256.h"

namespace fbert::testing::weight_files_test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class WeightFilesTest : public ::testing::Test {
 protected:
  void add(const std::string& name, std::string_view bytes) { write_bytes(folder_.path() / name, bytes); }
  void add_shard(const std::string& name, std::initializer_list<std::string> tensors) {
    std::string header = "{";
    size_t end = 0;
    for (const std::string& tensor : tensors) {
      header += (end == 0 ? "" : ",") + entry(tensor, "U8", "[2]", end, end + 2);
      end += 2;
    }
    add(name, file_of(header + "}", std::string(end, '\7')));
  }
  void add_index(const std::string& weight_map) {
    add("model.safetensors.index.json", R"({"metadata":{"total_size":4},"weight_map":)" + weight_map + "}");
  }
  std::string open_error() {
    const std::string message = error_of([&] { WeightFiles::open(folder_.path()); });
    EXPECT_THAT(message, ::testing::StartsWith(folder_.path().string()));
    return message;
  }

  TemporaryFolder folder_;
};

TEST_F(WeightFilesTest, OpensASingleFile) {
  add_shard("model.safetensors", {"a", "b"});
  const WeightFiles weights = WeightFiles::open(folder_.path());
  const WeightFiles::Found found = weights.find("b");
  ASSERT_TRUE(found);
  EXPECT_EQ(found.tensor->name, "b");
  EXPECT_EQ(found.file, &weights.files()[0]);
  EXPECT_FALSE(weights.find("c"));
  EXPECT_EQ(weights.total_bytes(), fs::file_size(folder_.path() / "model.safetensors"));
  EXPECT_EQ(weights.source(), folder_.path().string());
}

TEST_F(WeightFilesTest, OpensShards) {
  add_shard("model-00001-of-00002.safetensors", {"a"});
  add_shard("model-00002-of-00002.safetensors", {"b", "c"});
  add_index(R"({"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors",
                "c":"model-00002-of-00002.safetensors"})");
  const WeightFiles weights = WeightFiles::open(folder_.path());
  EXPECT_EQ(weights.files().size(), 2u);
  for (const char* name : {"a", "b", "c"}) {
    const WeightFiles::Found found = weights.find(name);
    ASSERT_TRUE(found) << name;
    std::vector<std::byte> bytes(2);
    found.file->read_bytes(*found.tensor, bytes);
    EXPECT_EQ(bytes[1], std::byte{7});
  }
}

TEST_F(WeightFilesTest, HaveTheChecksumOfTheOneFileOrOfTheListOfAll) {
  add_shard("b.safetensors", {"a"});
  add_shard("a.safetensors", {"b", "c"});
  add_index(R"({"a":"b.safetensors","b":"a.safetensors","c":"a.safetensors"})");
  const std::string list = sha256_of_file(folder_.path() / "a.safetensors") + "  a.safetensors\n" +
                           sha256_of_file(folder_.path() / "b.safetensors") + "  b.safetensors\n";
  add("list", list);
  EXPECT_EQ(sha256_of(WeightFiles::open(folder_.path())), sha256_of_file(folder_.path() / "list"));
  add_shard("a.safetensors", {"c", "b"});
  EXPECT_NE(sha256_of(WeightFiles::open(folder_.path())), sha256_of_file(folder_.path() / "list"));
  add_shard("model.safetensors", {"a"});
  EXPECT_EQ(sha256_of(WeightFiles::open(folder_.path())), sha256_of_file(folder_.path() / "model.safetensors"));
}

TEST_F(WeightFilesTest, PrefersTheSingleFile) {
  add_shard("model.safetensors", {"a"});
  add_index("[]");
  EXPECT_EQ(WeightFiles::open(folder_.path()).files().size(), 1u);
}

TEST_F(WeightFilesTest, NamesTensorThatIsNotInItsShard) {
  add_shard("one.safetensors", {"a"});
  add_shard("two.safetensors", {"b"});
  add_index(R"({"a":"one.safetensors","b":"two.safetensors","c":"two.safetensors"})");
  EXPECT_THAT(open_error(), HasSubstr("tensor 'c' is not in its shard 'two.safetensors'"));
  add_index(R"({"a":"two.safetensors","b":"one.safetensors"})");
  EXPECT_THAT(open_error(), HasSubstr("tensor 'a' is not in its shard 'two.safetensors'"));
}

TEST_F(WeightFilesTest, NamesTensorInTwoShards) {
  add_shard("one.safetensors", {"a", "b"});
  add_shard("two.safetensors", {"b"});
  add_index(R"({"a":"one.safetensors","b":"two.safetensors"})");
  EXPECT_THAT(open_error(), HasSubstr("tensor 'b' is in two shards, 'one.safetensors' and 'two.safetensors'"));
}

TEST_F(WeightFilesTest, NamesMissingAndBrokenShards) {
  add_shard("one.safetensors", {"a"});
  add_index(R"({"a":"one.safetensors","b":"two.safetensors"})");
  EXPECT_THAT(open_error(), HasSubstr("shard 'two.safetensors' is missing"));
  add("two.safetensors", "PK\x03\x04");
  EXPECT_THAT(open_error(), HasSubstr("two.safetensors: not a safetensors file"));
}

TEST_F(WeightFilesTest, RefusesShardsOutsideTheFolder) {
  for (const char* shard :
       {"../model.safetensors", "/tmp/x.safetensors", "a/b.safetensors", "..", ".", "", "model.bin", ".safetensors",
        "a\\\\b.safetensors", "a\\u0000.safetensors", "a\\u001b[31m\\n.safetensors"}) {
    add_index(fmt::format(R"({{"a":"{}"}})", shard));
    EXPECT_THAT(open_error(), HasSubstr("key 'weight_map.a': expected the name of a .safetensors file")) << shard;
  }
}

TEST_F(WeightFilesTest, RefusesMalformedIndexes) {
  for (const char* weight_map : {"[]", "null", "1", R"({"a":1})", R"({"a":null})", R"({"a":["x"]})", "{}"}) {
    add_index(weight_map);
    EXPECT_THAT(open_error(), HasSubstr("model.safetensors.index.json: key 'weight_map")) << weight_map;
  }
  add_index(R"({"a":"one.safetensors","a":"two.safetensors"})");
  EXPECT_THAT(open_error(), HasSubstr("key 'weight_map.a': given several times"));
  add("model.safetensors.index.json", "{}");
  EXPECT_THAT(open_error(), HasSubstr("key 'weight_map': missing"));
  add("model.safetensors.index.json", "[]");
  EXPECT_THAT(open_error(), HasSubstr("expected an object"));
}

TEST_F(WeightFilesTest, BoundsTheNumberOfShards) {
  std::string weight_map = R"({"x":"x.safetensors")";
  for (int i = 0; i < 1000; ++i) weight_map += fmt::format(R"(,"{0}":"{0}.safetensors")", i);
  add_index(weight_map + "}");
  EXPECT_THAT(open_error(), HasSubstr("1001 shards, at most 1000"));
}

TEST_F(WeightFilesTest, SaysHowToConvertPyTorchWeights) {
  for (const char* name : {"pytorch_model.bin", "pytorch_model.bin.index.json"}) {
    add(name, "PK");
    EXPECT_THAT(open_error(), HasSubstr("scripts/convert_pytorch_bin.py " + folder_.path().string()));
    EXPECT_THAT(open_error(), HasSubstr(name));
    fs::remove(folder_.path() / name);
  }
}

TEST_F(WeightFilesTest, SaysWhatIsMissing) {
  EXPECT_THAT(open_error(), HasSubstr("neither model.safetensors nor model.safetensors.index.json"));
  fs::create_symlink("nowhere", folder_.path() / "model.safetensors");
  EXPECT_THAT(open_error(), HasSubstr("model.safetensors: cannot open: No such file"));
  EXPECT_THAT(error_of([&] { WeightFiles::open(folder_.path() / "none"); }), HasSubstr("No such file or directory"));
}

}  // namespace
}  // namespace fbert::testing::weight_files_test
