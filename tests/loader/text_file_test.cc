// What stands in a folder by mistake, and text that begins with a mark.
#include "loader/text_file.h"

#include "loader/json.h"
#include "tests/loader/safetensors_bytes.h"

namespace fbert::testing {
namespace {

using namespace std::string_literals;

class TextFile : public ::testing::Test {
 protected:
  std::filesystem::path write(const std::string& bytes) const {
    write_bytes(path_, bytes);
    return path_;
  }
  std::string problem(const std::string& bytes) const {
    const std::string message = error_of([&] { read_text(write(bytes), 1000); });
    return message.starts_with(path_.string() + ": ") ? message.substr(path_.string().size() + 2) : message;
  }

 private:
  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "config.json";
};

TEST_F(TextFile, IsReadWithoutItsMark) {
  EXPECT_EQ(read_text(write("\xEF\xBB\xBF{}"), 1000), "{}");
  EXPECT_EQ(read_text(write("{}"), 1000), "{}");
  EXPECT_EQ(load_folder_json(write("\xEF\xBB\xBF{\"a\": 1}"), 1000), Json({{"a", 1}}));
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
  for (const char* text : {"<", "<a>", "version 2", "[PAD]\n", "P"}) EXPECT_EQ(read_text(write(text), 1000), text);
}

}  // namespace
}  // namespace fbert::testing
