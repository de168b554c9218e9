#pragma once

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/cli/tiny_model_fixture.h"

namespace fbert::testing {

class Eval : public ProgramTest {
 protected:
  std::string label_of(const std::string& text) const {
    return json_lines("run", {"--format", "jsonl", text})[0]["label"];
  }
  nlohmann::ordered_json eval(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--format", "json"});
    const Outcome outcome = fbert("eval", arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    return nlohmann::ordered_json::parse(outcome.output);
  }
  std::string file_of(const std::string& name) const { return file(name).string(); }
  static std::string read_text(const std::string& path) {
    std::ifstream input(path);
    return {std::istreambuf_iterator<char>(input), {}};
  }
};

}  // namespace fbert::testing
