#include "loader/text_file.h"

#include <algorithm>

#include <fmt/format.h>

#include "fbert/error.h"

namespace fbert {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF"sv;

struct FileKind {
  std::string_view magic;  // in lower case where it has letters
  std::string_view name;
};

constexpr std::string_view kPage = "a HTML page, not the file itself: download it again";

constexpr FileKind kBinaryKinds[] = {
    {"PK\x03\x04"sv, "a zip archive, as pytorch_model.bin is: convert it with scripts/convert_pytorch_bin.py"},
    {"\x80\x02"sv, "a Python pickle, as an old pytorch_model.bin is: convert it with scripts/convert_pytorch_bin.py"},
    {"\x80\x04"sv, "a Python pickle"},
    {"\x1F\x8B"sv, "a gzip archive: unpack it"},
    {"GGUF"sv, "a GGUF model"},
    {"\x89HDF"sv, "a HDF5 file"},
    {"version https://git-lfs"sv, "a Git LFS pointer, not the file itself: run git lfs pull"},
};

bool begins_page(std::string_view start) {
  std::string lower(start.substr(0, kKindBytes));
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c); });
  const size_t begin = std::min(lower.find_first_not_of(" \t\r\n"), lower.size());
  const std::string_view text = std::string_view(lower).substr(begin);
  return text.starts_with("<!doctype html") || text.starts_with("<html");
}

// The encoding of text that is not UTF-8, told by its mark or by the zero bytes of its first character; "" for others.
std::string_view foreign_encoding(std::string_view text) {
  constexpr FileKind kMarks[] = {
      {"\xFF\xFE\0\0"sv, "UTF-32"}, {"\0\0\xFE\xFF"sv, "UTF-32"}, {"\xFF\xFE"sv, "UTF-16"}, {"\xFE\xFF"sv, "UTF-16"}};
  for (const FileKind& mark : kMarks) {
    if (text.starts_with(mark.magic)) return mark.name;
  }
  return text.size() >= 2 && (text[0] == '\0') != (text[1] == '\0') ? "UTF-16" : "";
}

}  // namespace

std::string_view kind_of_file(std::string_view start) {
  for (const FileKind& kind : kBinaryKinds) {
    if (start.starts_with(kind.magic)) return kind.name;
  }
  return begins_page(start) ? kPage : "";
}

std::string checked_text(std::string text, const std::filesystem::path& path) {
  const auto refuse = [&](const std::string& problem) {
    throw Error(ErrorCode::kData, fmt::format("{}: {}", path.string(), problem));
  };
  if (text.empty()) refuse("the file is empty");
  if (const std::string_view kind = kind_of_file(text); !kind.empty()) refuse(fmt::format("this is {}", kind));
  if (const std::string_view encoding = foreign_encoding(text); !encoding.empty()) {
    refuse(fmt::format("text in {}, expected UTF-8", encoding));
  }
  if (text.starts_with(kUtf8Mark)) text.erase(0, kUtf8Mark.size());
  return text;
}

}  // namespace fbert
