// Where a model is: folders and the local hub cache.
#include "loader/hub_cache.h"

#include <cstdlib>
#include <optional>

#include "tests/loader/safetensors_bytes.h"

namespace fbert::testing::hub_cache_test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr const char* kCommit = "0123456789abcdef0123456789abcdef01234567";

// Sets the environment variables of the cache for one test and puts them back.
class ResolveModel : public ::testing::Test {
 protected:
  ResolveModel() {
    for (size_t i = 0; i < kNames.size(); ++i) {
      const char* value = std::getenv(kNames[i]);
      if (value != nullptr) before_[i] = value;
      ::unsetenv(kNames[i]);
    }
    set("HOME", folder_.path());
  }
  ~ResolveModel() override {
    for (size_t i = 0; i < kNames.size(); ++i) {
      before_[i] ? ::setenv(kNames[i], before_[i]->c_str(), 1) : ::unsetenv(kNames[i]);
    }
  }

  static void set(const char* name, const fs::path& value) { ::setenv(name, value.c_str(), 1); }

  static void add_snapshot(const fs::path& hub, const std::string& repository, const std::string& revision = "main",
                           const std::string& commit = kCommit) {
    fs::create_directories((hub / repository / "refs" / revision).parent_path());
    fs::create_directories(hub / repository / "snapshots" / commit);
    write_bytes(hub / repository / "refs" / revision, commit);
  }
  static std::string resolve_error(const std::string& model, const std::string& revision = "",
                                   ErrorCode code = ErrorCode::kData) {
    return error_of([&] { resolve_model(model, revision); }, code);
  }

  TemporaryFolder folder_;
  const fs::path hub_ = folder_.path() / "hub";

 private:
  static constexpr std::array<const char*, 5> kNames = {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME",
                                                        "XDG_CACHE_HOME", "HOME"};
  std::array<std::optional<std::string>, kNames.size()> before_;
};

TEST_F(ResolveModel, TakesAFolderAsItIs) {
  EXPECT_EQ(resolve_model(folder_.path()), folder_.path());
  EXPECT_EQ(resolve_model("."), ".");
  EXPECT_THAT(resolve_error(folder_.path(), "v1", ErrorCode::kUsage), HasSubstr("no revision 'v1'"));
}

TEST_F(ResolveModel, LooksWhereHuggingFaceHubLooks) {
  const fs::path home = folder_.path();
  const struct {
    const char* variable;
    std::string value;
    fs::path hub;
  } rows[] = {
      {"HOME", home, home / ".cache/huggingface/hub"},
      {"XDG_CACHE_HOME", home / "xdg", home / "xdg/huggingface/hub"},
      {"HF_HOME", home / "hf", home / "hf/hub"},
      {"HUGGINGFACE_HUB_CACHE", home / "old", home / "old"},
      {"HF_HUB_CACHE", home / "cache", home / "cache"},
      {"HF_HUB_CACHE", "~/in-home", home / "in-home"},
      {"HF_HUB_CACHE", "~", home},
  };
  // Each comes before those above it, so they are set one on top of the other.
  for (const auto& row : rows) {
    set(row.variable, row.value);
    EXPECT_THAT(resolve_error("org/name"), HasSubstr("'" + (row.hub / "models--org--name").string() + "'"))
        << row.value;
    add_snapshot(row.hub, "models--org--name");
    EXPECT_EQ(resolve_model("org/name"), row.hub / "models--org--name/snapshots" / kCommit);
    fs::remove_all(row.hub / "models--org--name");
  }
  set("HF_HUB_CACHE", "");  // as if not set
  EXPECT_THAT(resolve_error("org/name"), HasSubstr((home / "old").string()));
}

TEST_F(ResolveModel, FollowsRevisions) {
  set("HF_HUB_CACHE", hub_);
  add_snapshot(hub_, "models--org--name");
  add_snapshot(hub_, "models--org--name", "refs/pr/1", std::string(40, 'b'));
  add_snapshot(hub_, "models--name", "v1.0", std::string(40, 'c'));
  const fs::path snapshots = hub_ / "models--org--name/snapshots";
  EXPECT_EQ(resolve_model("org/name", "main"), snapshots / kCommit);
  EXPECT_EQ(resolve_model("org/name", kCommit), snapshots / kCommit);
  EXPECT_EQ(resolve_model("org/name", "refs/pr/1"), snapshots / std::string(40, 'b'));
  EXPECT_EQ(resolve_model("name", "v1.0"), hub_ / "models--name/snapshots" / std::string(40, 'c'));
}

TEST_F(ResolveModel, IgnoresWhiteSpaceAfterACommit) {
  set("HF_HUB_CACHE", hub_);
  add_snapshot(hub_, "models--name");
  write_bytes(hub_ / "models--name/refs/main", std::string(kCommit) + "\r\n");
  EXPECT_EQ(resolve_model("name").filename(), kCommit);
}

TEST_F(ResolveModel, NamesEveryPlaceLookedIn) {
  set("HF_HUB_CACHE", hub_);
  EXPECT_EQ(resolve_error("org/name"), "model 'org/name': not found: no folder 'org/name', no '" +
                                           (hub_ / "models--org--name").string() + "' in the Hugging Face cache");
  add_snapshot(hub_, "models--org--name");
  const std::string message = resolve_error("org/name", "v2");
  EXPECT_THAT(message, HasSubstr("no folder 'org/name'"));
  EXPECT_THAT(message, HasSubstr((hub_ / "models--org--name/refs/v2").string()));
  EXPECT_THAT(message, HasSubstr((hub_ / "models--org--name/snapshots/v2").string()));
  fs::remove_all(hub_ / "models--org--name/snapshots" / kCommit);
  EXPECT_THAT(resolve_error("org/name"), HasSubstr(kCommit));
}

TEST_F(ResolveModel, RefusesNamesThatAreNoIds) {
  set("HF_HUB_CACHE", hub_);
  fs::create_directories(folder_.path() / "models--x");
  for (const char* model :
       {"../x", "./none", "/none/here", "a/b/c", "a/",  "/a",       "a//b", "a/..", "a..b/c", "a--b",    "-a",
        "a.",   ".a",     "a b",        "a\\b",  "a:b", "\xC3\xA4", "a\nb", "~",    "~/x",    "%2e%2e/x"}) {
    EXPECT_THAT(resolve_error(model), HasSubstr("not a Hugging Face model id")) << model;
  }
  EXPECT_THAT(resolve_error(std::string(97, 'a')), HasSubstr("not a Hugging Face model id"));
  EXPECT_THAT(resolve_error(std::string("a\0/../..", 8)), HasSubstr("NUL"));
  EXPECT_THAT(resolve_error(""), HasSubstr("expected a folder"));
  write_bytes(folder_.path() / "file", "");
  EXPECT_THAT(resolve_error(folder_.path() / "file"), HasSubstr("it is a file"));
}

TEST_F(ResolveModel, RefusesHostileRevisionsAndReferences) {
  set("HF_HUB_CACHE", hub_);
  add_snapshot(hub_, "models--name");
  for (const std::string& revision : {std::string("../main"), std::string("/etc"), std::string("a//b"),
                                      std::string("."), std::string("a/../b"), std::string("a\0b", 3)}) {
    EXPECT_THAT(resolve_error("name", revision), HasSubstr("is not a revision")) << revision;
  }
  for (const char* commit : {"", "..", "../../..", "/etc", "a/b", " "}) {
    write_bytes(hub_ / "models--name/refs/main", commit);
    EXPECT_THAT(resolve_error("name"), HasSubstr("refs/main: expected a commit")) << commit;
  }
  fs::remove(hub_ / "models--name/refs/main");
  fs::create_symlink("missing", hub_ / "models--name/refs/main");
  EXPECT_THAT(resolve_error("name"), HasSubstr("refs/main: cannot open"));
  fs::remove(hub_ / "models--name/refs/main");
  write_bytes(hub_ / "models--name/refs/main", std::string(5000, 'a'));
  EXPECT_THAT(resolve_error("name"), HasSubstr("at most 1024"));
}

}  // namespace
}  // namespace fbert::testing::hub_cache_test
