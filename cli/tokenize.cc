#include <algorithm>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/notes.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/row_messages.h"
#include "data/format.h"
#include "fbert/model.h"
#include "fbert/tokenizer.h"
#include "pipelines/encode.h"

namespace fbert {

namespace {

constexpr size_t kFlushBytes = size_t{64} << 10;

struct TokenizeOptions {
  ModelOptions model;
  InputOptions input;
  ClassifierOptions compute;
  EncodeOptions encode;
  std::string format;
};

Truncation parse_truncation(const std::string& name) {
  if (name == "only_first") return Truncation::kOnlyFirst;
  return name == "only_second" ? Truncation::kOnlySecond : Truncation::kLongestFirst;
}

void append_jsonl(std::string& out, const Tokenizer& tokenizer, const Encoding& encoding) {
  const auto append_list = [&out](const char* name, const auto& values, const auto& append) {
    out += name;
    for (size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out += ", ";
      append(values[i]);
    }
    out += ']';
  };
  const auto back = std::back_inserter(out);
  const auto append_integer = [&](int32_t value) { fmt::format_to(back, "{}", value); };
  append_list("{\"ids\": [", encoding.ids, append_integer);
  append_list(", \"type_ids\": [", encoding.type_ids, append_integer);
  append_list(", \"tokens\": [", encoding.ids, [&](int32_t id) { append_json_string(out, tokenizer.token(id)); });
  append_list(", \"offsets\": [", encoding.offsets,
              [&](const Offset& offset) { fmt::format_to(back, "[{}, {}]", offset.begin, offset.end); });
  fmt::format_to(back, ", \"truncated\": {}}}\n", encoding.truncated);
}

void append_table(std::string& out, const Tokenizer& tokenizer, const Encoding& encoding) {
  const auto back = std::back_inserter(out);
  fmt::format_to(back, "{:>7}  {:>4}  {:>11}  token\n", "id", "type", "offsets");
  for (size_t i = 0; i < encoding.ids.size(); ++i) {
    const std::string offsets = fmt::format("{}-{}", encoding.offsets[i].begin, encoding.offsets[i].end);
    fmt::format_to(back, "{:>7}  {:>4}  {:>11}  {}\n", encoding.ids[i], encoding.type_ids[i], offsets,
                   terminal_text(tokenizer.token(encoding.ids[i])));
  }
  if (encoding.truncated) {
    fmt::format_to(back, "(truncated from {} to {} tokens)\n", encoding.full_length, encoding.ids.size());
  }
  out += '\n';
}

using Write = std::function<void(const TextInput&)>;

void write_arguments(const InputOptions& options, const Write& write) {
  const std::vector<TextInput> inputs = options.arguments();
  for (size_t i = 0; i < inputs.size(); ++i) {
    try {
      write(inputs[i]);
    } catch (const Error& error) {
      throw InputError(error.code(), i, error.what());
    }
  }
}

// What was read before a bad row is written before the failure is reported.
void write_file(const InputOptions& options, const Write& write, Output& output) {
  Reader reader = options.open();
  Example example;
  try {
    while (reader.next(example)) {
      try {
        write(example.input);
      } catch (const Error& error) {
        throw Error(error.code(), reader.at(example.line, error.what()));
      }
    }
  } catch (const Error&) {
    output.flush();
    throw;
  }
  output.flush();
  report_note(reader);
}

void tokenize(const TokenizeOptions& options) {
  options.input.check();
  decide_isa(options.compute.isa);
  const Tokenizer tokenizer = Tokenizer::load(options.model.folder());
  report_notes(tokenizer.notes());
  Encoding encoding;
  Output output;
  int64_t texts = 0;
  int64_t invalid_utf8 = 0;
  const auto write = [&](const TextInput& input) {
    encode_into(tokenizer, view_of(input), options.encode, encoding);
    ++texts;
    invalid_utf8 += encoding.invalid_utf8 > 0 ? 1 : 0;
    (options.format == "jsonl" ? append_jsonl : append_table)(output.text(), tokenizer, encoding);
    if (output.text().size() >= kFlushBytes) output.flush();
  };
  if (options.input.from_file()) {
    write_file(options.input, write, output);
  } else {
    write_arguments(options.input, write);
  }
  output.flush();
  report_invalid_utf8(invalid_utf8, texts);
}

}  // namespace

Command add_tokenize(ArgumentParser& program) {
  ArgumentParser& arguments = program.add_command("tokenize", "Show the tokens of texts: fbert tokenize \"a text\"");
  const auto options = std::make_shared<TokenizeOptions>();
  EncodeOptions& encode = options->encode;
  add_input_options(arguments, options->input);
  add_model_options(arguments, options->model);
  add_isa_option(arguments, options->compute);
  add_format_option(arguments, options->format, {"table", "jsonl"});
  arguments.add_option("--max-length", &encode.max_length, "Most tokens of a text, special ones included (no limit)")
      .integer(1, INT32_MAX)
      .value_name("N");
  arguments
      .add_option(
          "--truncation", [&encode](const std::string& name) { encode.truncation = parse_truncation(name); },
          "Which text of a pair is cut: longest_first, only_first, only_second (longest_first)")
      .one_of({"longest_first", "only_first", "only_second"})
      .value_name("NAME");
  arguments.add_flag(
      "--no-special-tokens", [&encode] { encode.add_special_tokens = false; }, "Leave out [CLS] and [SEP]");
  add_text_options(arguments, encode.strict_utf8, encode.special_tokens_in_text);
  return {&arguments, [options] { tokenize(*options); }};
}

}  // namespace fbert
