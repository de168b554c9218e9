#pragma once

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/cli/program.h"
#include "tests/support/paths.h"
#include "tests/support/tiny_model.h"

namespace fbert::testing {

// Tests of the program on a small random model: 48 positions, labels no, yes, maybe.
class ProgramTest : public ::testing::Test {
 protected:
  ProgramTest() { TinyModel().write(model()); }

  std::filesystem::path file(const std::string& name) const { return folder_.path() / name; }
  std::string model() const { return file("model").string(); }

  std::string write(const std::string& name, const std::string& text) const {
    write_text(file(name), text);
    return file(name).string();
  }

  // Runs `fbert <command> --model <the tiny model> <arguments>`.
  Outcome fbert(const std::string& command, std::vector<std::string> arguments, std::string input = "") const {
    arguments.insert(arguments.begin(), {command, "--model", model()});
    return run_fbert(std::move(arguments), std::move(input));
  }

  // The same for a command that must succeed; its output as one JSON value per line.
  std::vector<nlohmann::ordered_json> json_lines(const std::string& command, std::vector<std::string> arguments,
                                                 std::string input = "") const {
    const Outcome outcome = fbert(command, std::move(arguments), std::move(input));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    std::vector<nlohmann::ordered_json> lines;
    for (size_t begin = 0; begin < outcome.output.size();) {
      const size_t end = outcome.output.find('\n', begin);
      lines.push_back(nlohmann::ordered_json::parse(outcome.output.substr(begin, end - begin)));
      begin = end + 1;
    }
    return lines;
  }

 private:
  TemporaryFolder folder_;
};

// The tiny model with an embedding of the word "b" (id 6) that is not a number.
inline void write_model_with_nan_for_b(const std::filesystem::path& folder) {
  const TinyModel tiny;
  auto tensors = tiny.tensors();
  tensors.at("bert.embeddings.word_embeddings.weight").values[static_cast<size_t>(6 * tiny.hidden_size)] = NAN;
  write_tensors(folder / "model.safetensors", tensors);
}

// Expects an exit code, nothing on standard output, and exactly one line "fbert: ..." that has `part` in it.
inline void expect_failure(const Outcome& outcome, int exit_code, const std::string& part) {
  EXPECT_EQ(outcome.exit_code, exit_code) << outcome.errors;
  EXPECT_EQ(outcome.output, "");
  EXPECT_TRUE(outcome.errors.starts_with("fbert: ")) << outcome.errors;
  EXPECT_EQ(outcome.errors.find('\n'), outcome.errors.size() - 1) << outcome.errors;
  EXPECT_NE(outcome.errors.find(part), std::string::npos) << outcome.errors;
}

inline std::vector<std::string> keys_of(const nlohmann::ordered_json& object) {
  std::vector<std::string> keys;
  for (const auto& item : object.items()) keys.push_back(item.key());
  return keys;
}

}  // namespace fbert::testing
