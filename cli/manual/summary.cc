#include "cli/manual/summary.h"

namespace fbert {
namespace {

constexpr std::string_view kColon = ": ";

size_t colon(const std::string& description) { return description.find(": fbert "); }

}  // namespace

std::string summary(const ArgumentParser& command) {
  return command.description().substr(0, colon(command.description()));
}

std::string example(const ArgumentParser& command) {
  const size_t position = colon(command.description());
  return position == std::string::npos ? "" : command.description().substr(position + kColon.size());
}

}  // namespace fbert
