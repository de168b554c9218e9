// What stands in a folder by mistake, and text that begins with a mark.
#include "loader/text_file.h"

#include "fbert/model_folder.h"
#include "loader/folder_files.h"

#include "loader/json.h"
#include "tests/loader/safetensors_bytes.h"

namespace fbert::testing::text_file_test {
namespace {

using namespace std::string_literals;

class TextFile : public ::testing::Test {
 protected:
  std::string problem(const std::string& bytes) const {
    const std::string message = error_of([&] { checked_text(bytes, path_); });
    return message.starts_with(path_.string() + ": ") ? message.substr(path_.string().size() + 2) : message;
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "config.json";
};

TEST_F(TextFile, IsReadWithoutItsMark) {
  EXPECT_EQ(checked_text("\xEF\xBB\xBF{}", path_), "{}");
  EXPECT_EQ(checked_text("{}", path_), "{}");
  write_bytes(path_, "\xEF\xBB\xBF{\"a\": 1}");
  EXPECT_EQ(load_json(ModelFolder(path_.parent_path()).files(), "config.json", 1000), Json({{"a", 1}}));
}

TEST_F(TextFile, ThatIsEmptyIsNamed) { EXPECT_EQ(problem(""), "the file is empty"); }

TEST_F(TextFile, ThatIsAnotherKindOfFileIsNamed) {
  EXPECT_EQ(problem("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"),
            "this is a Git LFS pointer, not the file itself: run git lfs pull");
  EXPECT_EQ(problem("\n<!DOCTYPE html>"), "this is a HTML page, not the file itself: download it again");
  EXPECT_EQ(problem("\x1F\x8B\x08"), "this is a gzip archive: unpack it");
}

TEST_F(TextFile, InAnotherEncodingIsNamed) {
  EXPECT_EQ(problem("\xFF\xFE{\0}\0"s), "text in UTF-16, expected UTF-8");
  EXPECT_EQ(problem("\xFE\xFF\0{\0}"s), "text in UTF-16, expected UTF-8");
  EXPECT_EQ(problem("{\0\"\0"s), "text in UTF-16, expected UTF-8");
  EXPECT_EQ(problem("\0{\0\""s), "text in UTF-16, expected UTF-8");
  EXPECT_EQ(problem("\xFF\xFE\0\0{\0\0\0"s), "text in UTF-32, expected UTF-8");
}

TEST_F(TextFile, MayBeginWithAnything) {
  for (const char* text : {"<", "<a>", "version 2", "[PAD]\n", "P"}) EXPECT_EQ(checked_text(text, path_), text);
}

}  // namespace
}  // namespace fbert::testing::text_file_test
