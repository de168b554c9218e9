#include "cli/notes.h"

#include <set>

#include <fmt/format.h>

#include "cli/output.h"

namespace fbert {

void report_notes(std::span<const std::string> notes) {
  static std::set<std::string> said;
  for (const std::string& note : notes) {
    if (said.insert(note).second) write_message(fmt::format("fbert: note: {}\n", note));
  }
}

void report_notes(const Classifier& classifier) {
  report_notes(classifier.model().config().notes);
  report_notes(classifier.tokenizer().notes());
}

}  // namespace fbert
