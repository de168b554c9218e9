#include "data/sniff.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "loader/utf8.h"

namespace fbert {
namespace {

using namespace std::string_view_literals;

// What has to stand behind a signature that text may begin with, too.
enum class Beside {
  kAnything,
  kControls,  // soon, as no text has them
  kLineEnd    // at once
};

struct Signature {
  std::string_view magic;
  const char* what;
  const char* advice = "";
  Beside beside = Beside::kAnything;
  size_t offset = 0;
};

constexpr const char* kSheet = "save the sheet as CSV";
constexpr const char* kTable = "write the table as CSV or JSONL";
constexpr const char* kUnpack = "unpack it first";
constexpr const char* kPlainText = "save it as plain text";
constexpr const char* kPull = "run git lfs pull to fetch the file it stands for";

constexpr std::array kSignatures = {
    Signature{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "an old Excel or Word file (xls, doc)", kSheet},
    Signature{"\x09\x08\x10\x00"sv, "an old Excel file (xls)", kSheet},
    Signature{"\x09\x04\x06\x00"sv, "an old Excel file (xls)", kSheet},
    Signature{"\x09\x02\x06\x00"sv, "an old Excel file (xls)", kSheet},
    Signature{"PAR1", "a Parquet file", kTable, Beside::kControls},
    Signature{"PARE", "an encrypted Parquet file", kTable, Beside::kControls},
    Signature{"ARROW1", "an Arrow or Feather file", kTable, Beside::kControls},
    Signature{"\xFF\xFF\xFF\xFF", "an Arrow stream or another binary file", kTable},
    Signature{"FEA1", "a Feather file", kTable, Beside::kControls},
    Signature{"ORC", "an ORC file", kTable, Beside::kControls},
    Signature{"Obj\x01", "an Avro file", kTable},
    Signature{"SQLite format 3\0"sv, "an SQLite database", kTable},
    Signature{"\x89HDF\r\n\x1A\n", "an HDF5 file", kTable},
    Signature{"\x93NUMPY", "a NumPy array", kTable},
    Signature{"(lp0\n", "a Python pickle", kTable},
    Signature{"(dp0\n", "a Python pickle", kTable},
    Signature{"]q\0"sv, "a Python pickle", kTable},
    Signature{"}q\0"sv, "a Python pickle", kTable},
    Signature{"\x80\x02", "a Python pickle", kTable},
    Signature{"\x80\x03", "a Python pickle", kTable},
    Signature{"\x80\x04\x95", "a Python pickle", kTable},
    Signature{"\x80\x05\x95", "a Python pickle", kTable},
    Signature{"$FL2@(#)", "an SPSS file", kTable},
    Signature{"<stata_dta><header>", "a Stata file", kTable},
    Signature{"RDX2\n", "an R data file", kTable, Beside::kControls},
    Signature{"RDX3\n", "an R data file", kTable, Beside::kControls},
    Signature{"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer", kPull},
    Signature{"version https://git-lfs.github.com/spec/v1\r\n", "a Git LFS pointer", kPull},
    Signature{"version https://hawser.github.com/spec/v1\n", "a Git LFS pointer", kPull},
    Signature{"\x28\xB5\x2F\xFD", "zstd-compressed", "decompress it with zstd -d"},
    Signature{"1AY&SY", "bzip2-compressed", "decompress it with bunzip2", Beside::kAnything, 4},
    Signature{"\x17\x72\x45\x38\x50\x90", "bzip2-compressed", "decompress it with bunzip2", Beside::kAnything, 4},
    Signature{"\xFD\x37zXZ\0"sv, "xz-compressed", "decompress it with xz -d"},
    Signature{"]\0\0"sv, "LZMA-compressed", "decompress it with xz -d", Beside::kControls},
    Signature{"LZIP\x01", "lzip-compressed", "decompress it with lzip -d"},
    Signature{"\x04\x22\x4D\x18", "LZ4-compressed", "decompress it with lz4 -d"},
    Signature{"\xFF\x06\0\0sNaPpY"sv, "Snappy-compressed", kUnpack},
    Signature{"\x1F\x9D", "compressed (.Z)", "decompress it with uncompress"},
    Signature{"\x1F\xA0", "compressed (.Z)", "decompress it with uncompress"},
    Signature{"7z\xBC\xAF\x27\x1C", "a 7z archive", kUnpack},
    Signature{"Rar!\x1A\x07", "a RAR archive", kUnpack},
    Signature{"ustar", "a tar archive", kUnpack, Beside::kAnything, 257},
    Signature{"!<arch>\n", "an ar archive", kUnpack},
    Signature{"MSCF\0\0\0\0"sv, "a cabinet archive", kUnpack},
    Signature{"%PDF-", "a PDF document", kPlainText, Beside::kLineEnd},
    Signature{"%!PS-Adobe-", "a PostScript document", kPlainText},
    Signature{"{\\rtf1", "a rich text document", kPlainText},
    Signature{"\x89PNG\r\n\x1A\n", "a PNG image"},
    Signature{"\xFF\xD8\xFF", "a JPEG image"},
    Signature{"GIF87a", "a GIF image", "", Beside::kControls},
    Signature{"GIF89a", "a GIF image", "", Beside::kControls},
    Signature{"II*\0"sv, "a TIFF image"},
    Signature{"MM\0*"sv, "a TIFF image"},
    Signature{"BM", "a BMP image or another binary file", "", Beside::kControls},
    Signature{"RIFF", "a sound, picture or film (RIFF)", "", Beside::kControls},
    Signature{"OggS", "an Ogg file", "", Beside::kControls},
    Signature{"fLaC", "a FLAC sound", "", Beside::kControls},
    Signature{"ID3", "an MP3 sound", "", Beside::kControls},
    Signature{"ftyp", "an MP4 film or another of its kind", "", Beside::kControls, 4},
    Signature{"\x1A\x45\xDF\xA3", "a Matroska film"},
    Signature{"\x7F"
              "ELF",
              "a program (ELF)"},
    Signature{"MZ", "a program (EXE)", "", Beside::kControls},
    Signature{"\xCF\xFA\xED\xFE", "a program (Mach-O)"},
    Signature{"\xCA\xFE\xBA\xBE", "a program or a Java class"},
    Signature{"\0asm"sv, "a program (WebAssembly)"},
    Signature{"GGUF", "a GGUF model", "", Beside::kControls},
    Signature{"\0\0\0\0\0{\""sv, "a safetensors file", "", Beside::kAnything, 3},
};

struct Mark {
  std::string_view bytes;
  ByteKind kind;
};

// UTF-32 first: its mark begins with that of UTF-16.
constexpr std::array kMarks = {
    Mark{"\xFF\xFE\0\0"sv, ByteKind::kUtf32Le}, Mark{"\0\0\xFE\xFF"sv, ByteKind::kUtf32Be},
    Mark{"\xFF\xFE", ByteKind::kUtf16Le},       Mark{"\xFE\xFF", ByteKind::kUtf16Be},
    Mark{"\xEF\xBB\xBF", ByteKind::kText},
};

constexpr std::array kZipMagics = {"PK\x03\x04"sv, "PK\x05\x06"sv, "PK\x07\x08"sv};
constexpr std::string_view kGzipMagic = "\x1F\x8B";

// The names of files in a ZIP archive that say what it is.
constexpr std::array kZipContents = {
    Signature{"xl/", "an Excel workbook (xlsx)", kSheet},
    Signature{"word/", "a Word document (docx)", kPlainText},
    Signature{"ppt/", "a PowerPoint presentation (pptx)", kPlainText},
    Signature{"opendocument.spreadsheet", "an OpenDocument sheet (ods)", kSheet},
    Signature{"opendocument", "an OpenDocument file", kPlainText},
    Signature{".npy", "NumPy arrays (npz)", kTable},
    Signature{"[Content_Types].xml", "an Office document (xlsx, docx or pptx)", kSheet},
};

constexpr size_t kControlTypes = 32;
constexpr uint64_t kLeastControls = 3;
constexpr int kManyTypes = 8;      // different control characters that no text has
constexpr size_t kTarBytes = 262;  // with the signature of a tar archive
constexpr size_t kJudged = 4096;   // bytes after which more of them hardly change a judgement

// Control characters but those that texts hold: tabs, line ends, form feeds, escapes.
bool is_odd_control(unsigned char byte) {
  constexpr uint32_t kUsual = 1U << '\t' | 1U << '\n' | 1U << '\v' | 1U << '\f' | 1U << '\r' | 1U << 0x1B;
  return byte < kControlTypes && (kUsual >> byte & 1) == 0;
}

struct Census {
  std::array<uint64_t, 2> nuls = {};      // at even and odd offsets
  std::array<uint64_t, 2> controls = {};  // likewise, NULs included
  uint32_t types = 0;                     // of the controls, a bit for each
  bool ill_formed = false;                // UTF-8, but for a sequence cut at the end

  uint64_t all_controls() const { return controls[0] + controls[1]; }
};

bool is_ill_formed(std::string_view head) {
  const size_t valid = valid_utf8_prefix(head);
  return head.size() - valid >= 4 ||
         (valid < head.size() && utf8_sequence_at(head, valid).length < head.size() - valid);
}

Census census_of(std::string_view head) {
  Census census;
  for (size_t i = 0; i < head.size(); ++i) {
    const auto byte = static_cast<unsigned char>(head[i]);
    if (!is_odd_control(byte)) continue;
    census.types |= 1U << byte;
    ++census.controls[i % 2];
    if (byte == 0) ++census.nuls[i % 2];
  }
  census.ill_formed = is_ill_formed(head);
  return census;
}

bool fits(const Signature& signature, std::string_view head) {
  if (head.size() < signature.offset || !head.substr(signature.offset).starts_with(signature.magic)) return false;
  const std::string_view rest = head.substr(signature.offset + signature.magic.size());
  switch (signature.beside) {
    case Beside::kControls:
      return census_of(rest.substr(0, 64)).all_controls() >= 2;
    case Beside::kLineEnd:
      return rest.substr(0, 8).find_first_of("\r\n") != std::string_view::npos;
    case Beside::kAnything:
      break;
  }
  return true;
}

std::string refusal_of(const Signature& signature) {
  const std::string advice = signature.advice;
  return fmt::format("this is {}, not text{}{}", signature.what, advice.empty() ? "" : "; ", advice);
}

bool is_zip(std::string_view head) {
  return std::any_of(kZipMagics.begin(), kZipMagics.end(), [&](auto magic) { return head.starts_with(magic); });
}

Signature zip_content(std::string_view head) {
  for (const Signature& content : kZipContents) {
    if (head.find(content.magic) != std::string_view::npos) return content;
  }
  return {"", "a ZIP archive", kUnpack};
}

// ASCII and its neighbours in UTF-16 have NULs and control characters in every other byte, at one parity alone.
std::string_view utf16_without_mark(std::string_view head, const Census& census) {
  for (const size_t high : {size_t{1}, size_t{0}}) {
    const bool one_sided = census.nuls[high] > 0 && census.nuls[1 - high] == 0;
    const uint64_t controls = census.controls[high];
    const bool is_enough =
        head.size() < 16 ? controls >= 2 && 2 * controls >= head.size() : controls >= 4 && 4 * controls >= head.size();
    if (one_sided && is_enough) {
      return high == 1 ? "UTF-16LE" : "UTF-16BE";
    }
  }
  return {};
}

// Other scripts in UTF-16 have NULs beside spaces and line ends alone, and are no UTF-8. A line feed may be half of
// another character, too.
std::string_view utf16_by_line_ends(std::string_view head, const Census& census) {
  if (!census.ill_formed) return {};
  for (const size_t high : {size_t{1}, size_t{0}}) {
    if (census.nuls[high] == 0 || census.nuls[1 - high] > 0) continue;
    uint64_t feeds = 0;
    uint64_t wide_feeds = 0;
    for (size_t i = 0; i + 1 < head.size(); i += 2) {
      const bool first = head[i] == '\n';
      const bool second = head[i + 1] == '\n';
      feeds += first + second;
      wide_feeds += high == 1 ? first && head[i + 1] == '\0' : second && head[i] == '\0';
    }
    if (wide_feeds > 0 && 2 * wide_feeds >= feeds) return high == 1 ? "UTF-16LE" : "UTF-16BE";
  }
  return {};
}

bool is_mostly_nuls(std::string_view head, const Census& census) {
  const uint64_t nuls = census.nuls[0] + census.nuls[1];
  return nuls >= 8 && 2 * nuls > head.size();
}

bool is_binary(std::string_view head, const Census& census) {
  const uint64_t controls = census.all_controls();
  return controls >= kLeastControls && 20 * controls >= head.size() &&
         (census.ill_formed || std::popcount(census.types) >= kManyTypes);
}

bool begins(std::string_view magic, std::string_view head) {
  return magic.size() > head.size() && magic.starts_with(head);
}

}  // namespace

Sniffed sniff(std::string_view head) {
  for (const Mark& mark : kMarks) {
    if (head.starts_with(mark.bytes)) return {.kind = mark.kind, .mark_bytes = mark.bytes.size()};
  }
  if (head.starts_with(kGzipMagic)) return {.kind = ByteKind::kGzip};
  const auto refused = [](std::string why) { return Sniffed{.kind = ByteKind::kRefused, .refusal = std::move(why)}; };
  if (is_zip(head)) return refused(refusal_of(zip_content(head)));
  for (const Signature& signature : kSignatures) {
    if (fits(signature, head)) return refused(refusal_of(signature));
  }
  const Census census = census_of(head);
  if (const std::string_view encoding = utf16_without_mark(head, census); !encoding.empty()) {
    return refused(
        fmt::format("this is {0} without a byte order mark; convert it with iconv -f {0} -t UTF-8", encoding));
  }
  if (const std::string_view encoding = utf16_by_line_ends(head, census); !encoding.empty()) {
    return refused(fmt::format(
        "this is a binary file, or {0} without a byte order mark, which iconv -f {0} -t UTF-8 converts", encoding));
  }
  if (is_mostly_nuls(head, census)) {
    return refused("this is a binary file, or UTF-32 without a byte order mark, which iconv -t UTF-8 converts");
  }
  if (is_binary(head, census)) return refused("this is a binary file, not text");
  return {};
}

bool may_change(std::string_view head) {
  const auto may_become = [&](const Signature& signature) {
    return signature.offset == 0 && begins(signature.magic, head);
  };
  if (std::any_of(kSignatures.begin(), kSignatures.end(), may_become)) return true;
  if (std::any_of(kMarks.begin(), kMarks.end(), [&](const Mark& mark) { return begins(mark.bytes, head); }))
    return true;
  if (begins(kGzipMagic, head)) return true;
  if (is_zip(head)) return true;
  const Census census = census_of(head.substr(0, kJudged));
  if (head.size() < kTarBytes && census.nuls[0] + census.nuls[1] > 0) return true;
  return head.size() < kJudged && census.all_controls() > 0 && census.ill_formed;
}

}  // namespace fbert
