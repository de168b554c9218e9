#include "cli/options.h"

#include <string_view>

#include <fmt/format.h>

#include "cli/default_model.h"
#include "engine/gemm_f32.h"
#include "fbert/error.h"

namespace fbert {

namespace {

char parse_delimiter(const std::string& delimiter) {
  if (delimiter.empty()) return '\0';
  if (delimiter == "\\t" || delimiter == "tab") return '\t';
  const bool one_character = delimiter.size() == 1 && static_cast<unsigned char>(delimiter[0]) < 0x80;
  if (one_character && std::string_view("\"\r\n").find(delimiter[0]) == std::string_view::npos) return delimiter[0];
  throw Error(ErrorCode::kUsage,
              fmt::format("--delimiter: {} is not one ASCII character, nor \\t or tab", escaped(delimiter)));
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

std::string blas_text(const std::string& blas, const BlasDecision& decision) {
  const std::string reason = blas.empty() ? decision.reason : "forced by --blas";
  if (decision.blas == Blas::kOwn) return fmt::format("fbert's own products ({})", reason);
  return fmt::format("{} ({})", gemm_f32::description(), reason);
}

std::string threads_reason(int threads, const ThreadDecision& decision) {
  return threads > 0 ? "--threads" : decision.reason;
}

std::filesystem::path ModelOptions::folder() const { return find_model(model, revision); }

void add_model_options(ArgumentParser& arguments, ModelOptions& options) {
  Option& model =
      arguments
          .add_option("--model", &options.model,
                      "Model folder, or id in the local Hugging Face cache ($FBERT_MODEL, the default model)")
          .not_empty()
          .value_name("DIR|ID")
          .path();
  arguments.add_option("--revision", &options.revision, "Branch, tag or commit of a model id (main)")
      .not_empty()
      .value_name("NAME")
      .needs(model);
}

void add_isa_option(ArgumentParser& arguments, ClassifierOptions& options) {
  arguments.add_option("--isa", &options.isa, "Instruction set: ref, avx2, avx512, ... (the best this CPU has)")
      .not_empty()
      .value_name("NAME");
}

void add_blas_option(ArgumentParser& arguments, ClassifierOptions& options) {
  arguments.add_option("--blas", &options.blas, "Products of fp32: own, openblas (the faster on this CPU)")
      .not_empty()
      .value_name("NAME");
}

void add_compute_options(ArgumentParser& arguments, ClassifierOptions& options) {
  add_isa_option(arguments, options);
  add_blas_option(arguments, options);
  arguments.add_option("--threads", &options.threads, "Threads (all physical cores that may be used)")
      .integer(1, 1024)
      .value_name("N");
}

void add_text_options(ArgumentParser& arguments, bool& strict_utf8, bool& special_tokens_in_text) {
  arguments.add_flag("--strict-utf8", &strict_utf8, "Refuse invalid UTF-8 instead of replacing it");
  arguments.add_flag(
      "--plain-special-tokens", [&special_tokens_in_text] { special_tokens_in_text = false; },
      "Take special tokens typed in a text, such as [SEP], as plain text");
}

void add_embeddings_option(ArgumentParser& arguments, std::optional<EmbeddingType>& type,
                           const std::string& description) {
  arguments
      .add_option(
          "--embeddings",
          [&type](const std::string& name) {
            for (const EmbeddingType known : {EmbeddingType::kF32, EmbeddingType::kF16, EmbeddingType::kInt8}) {
              if (name == to_string(known)) type = known;
            }
          },
          description + ": fp32, fp16, int8 (as in the model's folder)")
      .one_of({"fp32", "fp16", "int8"})
      .value_name("NAME");
}

void add_variant_option(ArgumentParser& arguments, ClassifierOptions& options) {
  arguments
      .add_option(
          "--variant",
          [&options](const std::string& name) {
            options.precision = name == "int8" ? Precision::kInt8 : Precision::kF32;
          },
          "Precision: fp32, int8 (as in the folder)")
      .one_of({"fp32", "int8"})
      .value_name("NAME");
}

void add_classifier_options(ArgumentParser& arguments, ClassifierOptions& options) {
  add_compute_options(arguments, options);
  add_embeddings_option(arguments, options.embeddings, "Word embeddings in memory");
  arguments.add_option("--batch-size", &options.batch_size, "Most texts in one forward pass (as many as pay)")
      .integer(1, 1 << 20)
      .value_name("N");
  arguments
      .add_option("--max-length", &options.max_length,
                  "Most tokens of a text, special ones included (the model's limit)")
      .integer(3, 1 << 20)
      .value_name("N");
  arguments
      .add_option(
          "--long", [&options](const std::string& action) { options.error_on_long = action == "error"; },
          "Longer texts: truncate, error (truncate)")
      .one_of({"truncate", "error"})
      .value_name("ACTION");
  add_text_options(arguments, options.strict_utf8, options.special_tokens_in_text);
}

std::vector<Option*> add_column_options(ArgumentParser& arguments, ColumnFlags& flags) {
  Option& header = arguments.add_flag("--header", &flags.header, "The first row names the columns");
  Option& no_header = arguments.add_flag("--no-header", &flags.no_header, "The first row is data");
  header.excludes(no_header);
  const auto add = [&](const char* name, std::string& value, const char* value_name, const char* description) {
    return &arguments.add_option(name, &value, description).value_name(value_name);
  };
  return {
      add("--text-column", flags.text, "COLUMN", "Column (name, or number from 1) or key of the text"),
      add("--pair-column", flags.pair, "COLUMN", "The same for the second text of a pair"),
      add("--delimiter", flags.delimiter, "CHAR", "Character between the columns (, in CSV, tab in TSV)"),
      &header,
      &no_header,
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
  const auto& texts = text->values();
  const auto& pairs = pair->values();
  std::vector<TextInput> inputs(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    inputs[i].text = texts[i];
    inputs[i].has_pair = !pairs.empty();
    if (inputs[i].has_pair) inputs[i].pair = pairs[i];
  }
  return inputs;
}

void add_input_options(ArgumentParser& arguments, InputOptions& options) {
  options.text = &arguments.add_texts("TEXT", "Texts; those that begin with - go after --").value_name("...");
  options.pair = &arguments.add_texts(kPairOption, "Second text of a pair, once for each TEXT").value_name("TEXT");
  add_input_file_options(arguments, options);
}

void add_input_file_options(ArgumentParser& arguments, InputOptions& options) {
  Option& input =
      arguments.add_option("--input", &options.input, "File of texts, - for standard input").value_name("FILE").path();
  arguments
      .add_option("--input-format", &options.format, "lines, csv, tsv or jsonl (by the file's extension, else lines)")
      .one_of({"lines", "csv", "tsv", "jsonl"})
      .value_name("FORMAT")
      .needs(input);
  for (Option* option : add_column_options(arguments, options.columns)) option->needs(input);
}

void add_format_option(ArgumentParser& arguments, std::string& format, const std::vector<std::string>& names) {
  format = names.front();
  arguments.add_option("--format", &format, fmt::format("Output: {} ({})", fmt::join(names, ", "), names.front()))
      .one_of(names)
      .value_name("FORMAT");
}

}  // namespace fbert
