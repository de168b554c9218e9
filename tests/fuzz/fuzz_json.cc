// Any text: what is accepted equals what an independent parser reads and survives writing and reading; what is refused
// though that parser takes it is refused for one of the documented reasons.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fbert/error.h"
#include "loader/json.h"
#include "tests/fuzz/target.h"

namespace fbert::fuzz_json {
namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

bool is_stricter_than_others(const std::string& message) {
  constexpr std::array<std::string_view, 4> kReasons = {"duplicate key", "more than 128 levels", "out of range",
                                                        "byte order mark"};
  for (const std::string_view reason : kReasons) {
    if (message.find(reason) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

FBERT_FUZZ_TARGET(fuzz_json) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const fbert::Json value = fbert::parse_json(text, "fuzz");
    require(value == nlohmann::json::parse(text));
    require(fbert::parse_json(value.dump(), "dump") == value);
  } catch (const fbert::Error& error) {
    const std::string message = error.what();
    require(message.find('\n') == std::string::npos);
    // The other parser takes a NUL for the end of the text.
    const bool holds_nul = text.find('\0') != std::string_view::npos;
    require(is_stricter_than_others(message) || holds_nul || !nlohmann::json::accept(text));
  }
  return 0;
}

}  // namespace fbert::fuzz_json
