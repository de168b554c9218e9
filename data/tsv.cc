#include "data/tsv.h"

namespace fbert {

bool TsvReader::next(Record& record) {
  std::string_view line;
  do {
    if (!lines_.next(line)) return false;
  } while (line.empty() && columns_ > 1);
  record.line = lines_.line();
  size_t count = 0;
  for (size_t begin = 0;; ++count) {
    const size_t end = line.find(delimiter_, begin);
    if (record.fields.size() <= count) record.fields.emplace_back();
    record.fields[count].assign(line.substr(begin, end - begin));
    if (end == std::string_view::npos) break;
    begin = end + 1;
  }
  record.fields.resize(count + 1);
  if (columns_ == 0) columns_ = record.fields.size();
  return true;
}

}  // namespace fbert
