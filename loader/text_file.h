#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace fbert {

// What people have by mistake where a file of a model should be, told from its first bytes: "a Git LFS pointer, not the
// file itself: run git lfs pull". "" for anything else; a page is told from its first 14 bytes, the others from fewer
// than kKindBytes.
std::string_view kind_of_file(std::string_view start);
inline constexpr size_t kKindBytes = 64;

// The text that the bytes of a file of a model folder are, without the UTF-8 byte order mark that they may begin with.
// Throws kData for no bytes, for text in UTF-16 or UTF-32 and for what kind_of_file() knows; `path` is what messages say.
std::string checked_text(std::string bytes, const std::filesystem::path& path);

}  // namespace fbert
