#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace fbert {

// What the first bytes of an input are.
enum class ByteKind { kText, kGzip, kUtf16Le, kUtf16Be, kUtf32Le, kUtf32Be, kRefused };

struct Sniffed {
  ByteKind kind = ByteKind::kText;
  size_t mark_bytes = 0;     // of a byte order mark at the start
  std::string refusal = {};  // of kRefused: what it is, and what to do
};

// Judges an input by its beginning: by byte order marks, by the signatures of formats that are no text, and by NULs and
// control characters as no text has them. NULs here and there are text.
Sniffed sniff(std::string_view head);

// Whether more bytes may change what sniff() says: `head` may become a signature, or holds bytes that text rarely has.
bool may_change(std::string_view head);

}  // namespace fbert
