#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "data/sniff.h"

namespace fbert {

// Gives at least one of the next bytes, at most `size`; 0 at the end.
using ReadBytes = std::function<size_t(char* data, size_t size)>;

// Readers of what another one gives. `name` is the input's in messages; they throw kData.

// `head`, then what `rest` gives.
ReadBytes joined(std::string head, ReadBytes rest);

// The content of a gzip file: of all members, one after another. Zeros behind them are padding. Throws for a file that
// is cut or corrupt.
ReadBytes gunzipped(ReadBytes gzip, std::string name);

// UTF-8 of UTF-16 or UTF-32 without its byte order mark. The byte 0xFF, which UTF-8 never has, stands for a surrogate
// without its other half and for what is no character, so that it counts as invalid text does. Throws where the input
// ends within a character.
ReadBytes as_utf8(ReadBytes text, ByteKind encoding, std::string name);

// LF for every CR and for every CR LF.
ReadBytes with_line_feeds(ReadBytes text);

}  // namespace fbert
