#include "tokenizer/utf8.h"

#include <algorithm>

namespace fbert {

size_t repair_utf8(std::string_view text, std::string& out) {
  out.clear();
  size_t replaced = 0;
  while (true) {
    const size_t valid = valid_utf8_prefix(text);
    out.append(text.substr(0, valid));
    text.remove_prefix(valid);
    if (text.empty()) return replaced;
    text.remove_prefix(utf8_sequence_at(text, 0).length);
    out.append("\xEF\xBF\xBD");
    ++replaced;
  }
}

size_t count_code_points(std::string_view text) {
  return text.size() - static_cast<size_t>(std::count_if(text.begin(), text.end(), is_continuation_byte));
}

}  // namespace fbert
