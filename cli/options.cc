#include "cli/options.h"

#include <string_view>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/default_model.h"
#include "fbert/error.h"

namespace fbert {

namespace {

using Names = std::vector<std::string>;

char parse_delimiter(const std::string& delimiter) {
  if (delimiter.empty()) return '\0';
  if (delimiter == "\\t" || delimiter == "tab") return '\t';
  const bool one_character = delimiter.size() == 1 && static_cast<unsigned char>(delimiter[0]) < 0x80;
  if (one_character && std::string_view("\"\r\n").find(delimiter[0]) == std::string_view::npos) return delimiter[0];
  throw Error(ErrorCode::kUsage,
              fmt::format("--delimiter: {} is not one ASCII character, nor \\t or tab", escaped(delimiter)));
}

// "" stands for what is chosen where the option is not given.
const CLI::Validator& not_empty() {
  static const CLI::Validator validator([](std::string& value) { return value.empty() ? "is empty" : ""; }, "");
  return validator;
}

void refuse_options(Format format, std::initializer_list<std::pair<const char*, bool>> given) {
  for (const auto& [name, is_given] : given) {
    if (!is_given) continue;
    throw Error(ErrorCode::kUsage, fmt::format("{} means nothing for input in the format {}; --input-format names "
                                               "another one",
                                               name, to_string(format)));
  }
}

}  // namespace

std::string isa_reason(const std::string& isa, const IsaDecision& decision) {
  return isa.empty() ? decision.reason : "forced by --isa";
}

std::string threads_reason(int threads, const ThreadDecision& decision) {
  return threads > 0 ? "--threads" : decision.reason;
}

std::filesystem::path ModelOptions::folder() const { return find_model(model, revision); }

void add_model_options(CLI::App& app, ModelOptions& options) {
  CLI::Option* model =
      app.add_option("--model", options.model,
                     "Model folder, or id in the local Hugging Face cache ($FBERT_MODEL, the default model)")
          ->check(not_empty())
          ->option_text("DIR|ID");
  app.add_option("--revision", options.revision, "Branch, tag or commit of a model id (main)")
      ->check(not_empty())
      ->option_text("NAME")
      ->needs(model);
}

void add_isa_option(CLI::App& app, ClassifierOptions& options) {
  app.add_option("--isa", options.isa, "Instruction set: ref, avx2, avx512, ... (the best this CPU has)")
      ->check(not_empty())
      ->option_text("NAME");
}

void add_compute_options(CLI::App& app, ClassifierOptions& options) {
  add_isa_option(app, options);
  app.add_option("--threads", options.threads, "Threads (all physical cores that may be used)")
      ->check(CLI::Range(1, 1024))
      ->option_text("N");
}

void add_text_options(CLI::App& app, bool& strict_utf8, bool& special_tokens_in_text) {
  app.add_flag("--strict-utf8", strict_utf8, "Refuse invalid UTF-8 instead of replacing it");
  app.add_flag_callback(
      "--plain-special-tokens", [&special_tokens_in_text] { special_tokens_in_text = false; },
      "Take special tokens typed in a text, such as [SEP], as plain text");
}

void add_embeddings_option(CLI::App& app, std::optional<EmbeddingType>& type, const std::string& description) {
  app.add_option_function<std::string>(
         "--embeddings",
         [&type](const std::string& name) {
           for (const EmbeddingType known : {EmbeddingType::kF32, EmbeddingType::kF16, EmbeddingType::kInt8}) {
             if (name == to_string(known)) type = known;
           }
         },
         description + ": fp32, fp16, int8 (as in the model's folder)")
      ->check(CLI::IsMember(Names{"fp32", "fp16", "int8"}))
      ->option_text("NAME");
}

void add_variant_option(CLI::App& app, ClassifierOptions& options) {
  app.add_option_function<std::string>(
         "--variant",
         [&options](const std::string& name) {
           options.precision = name == "int8" ? Precision::kInt8 : Precision::kF32;
         },
         "Precision: fp32, int8 (as in the folder)")
      ->check(CLI::IsMember(Names{"fp32", "int8"}))
      ->option_text("NAME");
}

void add_classifier_options(CLI::App& app, ClassifierOptions& options) {
  add_compute_options(app, options);
  add_embeddings_option(app, options.embeddings, "Word embeddings in memory");
  app.add_option("--batch-size", options.batch_size, "Most texts in one forward pass (as many as pay)")
      ->check(CLI::Range(1, 1 << 20))
      ->option_text("N");
  app.add_option("--max-length", options.max_length, "Most tokens of a text, special ones included (the model's limit)")
      ->check(CLI::Range(3, 1 << 20))
      ->option_text("N");
  app.add_option_function<std::string>(
         "--long", [&options](const std::string& action) { options.error_on_long = action == "error"; },
         "Longer texts: truncate, error (truncate)")
      ->check(CLI::IsMember(Names{"truncate", "error"}))
      ->option_text("ACTION");
  add_text_options(app, options.strict_utf8, options.special_tokens_in_text);
}

std::vector<CLI::Option*> add_column_options(CLI::App& app, ColumnFlags& flags) {
  CLI::Option* header = app.add_flag("--header", flags.header, "The first row names the columns");
  CLI::Option* no_header = app.add_flag("--no-header", flags.no_header, "The first row is data");
  header->excludes(no_header);
  return {
      app.add_option("--text-column", flags.text, "Column (name, or number from 1) or key of the text")
          ->option_text("COLUMN"),
      app.add_option("--pair-column", flags.pair, "The same for the second text of a pair")->option_text("COLUMN"),
      app.add_option("--delimiter", flags.delimiter, "Character between the columns (, in CSV, tab in TSV)")
          ->option_text("CHAR"),
      header,
      no_header,
  };
}

ReaderOptions reader_options(Format format, const ColumnFlags& flags) {
  if (format == Format::kLines) {
    refuse_options(format, {{"--text-column", !flags.text.empty()}, {"--pair-column", !flags.pair.empty()}});
  }
  if (format == Format::kLines || format == Format::kJsonl) {
    refuse_options(
        format,
        {{"--delimiter", !flags.delimiter.empty()}, {"--header", flags.header}, {"--no-header", flags.no_header}});
  }
  ReaderOptions options;
  options.format = format;
  options.delimiter = parse_delimiter(flags.delimiter);
  options.columns.text = flags.text;
  options.columns.pair = flags.pair;
  options.columns.label = flags.label;
  if (flags.header) options.columns.header = Header::kPresent;
  if (flags.no_header) options.columns.header = Header::kAbsent;
  return options;
}

void InputOptions::check() const {
  const auto usage = [](const std::string& message) { throw Error(ErrorCode::kUsage, message); };
  const size_t texts = text->count();
  const size_t pairs = pair->count();
  if (from_file() && texts > 0) usage("texts are given both as arguments and with --input");
  if (!from_file() && texts == 0) usage("no text given: pass it as an argument, or a file with --input (- for stdin)");
  if (pairs > 0 && pairs != texts) {
    usage(fmt::format("{} takes the second text of each TEXT: {} given for {}", kPairOption, pairs, texts));
  }
}

Reader InputOptions::open() const {
  const Format parsed = format.empty() ? format_of_path(input) : parse_format(format);
  return Reader::open(input, reader_options(parsed, columns));
}

std::vector<TextInput> InputOptions::arguments() const {
  const auto& texts = text->results();
  const auto& pairs = pair->results();
  std::vector<TextInput> inputs(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    inputs[i].text = texts[i];
    inputs[i].has_pair = !pairs.empty();
    if (inputs[i].has_pair) inputs[i].pair = pairs[i];
  }
  return inputs;
}

void add_input_options(CLI::App& app, InputOptions& options) {
  // Not bound to vectors: CLI11 would split the text "[a, b]" in two and take "{}" for no text. As many as are expected
  // at least is as many as are taken.
  const auto add_texts = [&app](const char* name, int expected, const char* description) {
    return app.add_option(name)
        ->description(description)
        ->expected(expected)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  };
  options.text = add_texts("TEXT", 1 << 24, "Texts; those that begin with - go after --")->option_text("...");
  options.pair = add_texts(kPairOption, 1, "Second text of a pair, once for each TEXT")->option_text("TEXT");
  add_input_file_options(app, options);
}

void add_input_file_options(CLI::App& app, InputOptions& options) {
  CLI::Option* input =
      app.add_option("--input", options.input, "File of texts, - for standard input")->option_text("FILE");
  app.add_option("--input-format", options.format, "lines, csv, tsv or jsonl (by the file's extension, else lines)")
      ->check(CLI::IsMember(Names{"lines", "csv", "tsv", "jsonl"}))
      ->option_text("FORMAT")
      ->needs(input);
  for (CLI::Option* option : add_column_options(app, options.columns)) option->needs(input);
}

void add_format_option(CLI::App& app, std::string& format, const std::vector<std::string>& names) {
  format = names.front();
  app.add_option("--format", format, fmt::format("Output: {} ({})", fmt::join(names, ", "), names.front()))
      ->check(CLI::IsMember(names))
      ->option_text("FORMAT");
}

}  // namespace fbert
