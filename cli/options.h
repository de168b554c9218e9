#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "data/reader.h"
#include "fbert/classifier.h"
#include "fbert/model.h"
#include "fbert/threads.h"

// Options that several commands share. Each add_* function binds them to a struct that must outlive the parsing.
namespace fbert {

inline constexpr const char* kPairOption = "--pair";

// --model, --revision
struct ModelOptions {
  std::string model;
  std::string revision;

  // See find_model().
  std::filesystem::path folder() const;
};
void add_model_options(ArgumentParser& arguments, ModelOptions& options);

// --isa. A command that runs no kernels takes it too, and checks it with decide_isa(), so that one setting serves all
// commands.
void add_isa_option(ArgumentParser& arguments, ClassifierOptions& options);

// Why these kernels, these products of floats or so many threads run here, in a word that users know: that of the
// option where it is given.
std::string isa_reason(const std::string& isa, const IsaDecision& decision);
std::string blas_text(const std::string& blas, const BlasDecision& decision);
std::string threads_reason(int threads, const ThreadDecision& decision);

// --blas
void add_blas_option(ArgumentParser& arguments, ClassifierOptions& options);

// --isa, --blas, --threads
void add_compute_options(ArgumentParser& arguments, ClassifierOptions& options);

// --embeddings
void add_embeddings_option(ArgumentParser& arguments, std::optional<EmbeddingType>& type,
                           const std::string& description);

// --variant: the one precision of a model.
void add_variant_option(ArgumentParser& arguments, ClassifierOptions& options);

// --embeddings, --isa, --blas, --threads, --batch-size, --max-length, --long, --strict-utf8, --plain-special-tokens
void add_classifier_options(ArgumentParser& arguments, ClassifierOptions& options);

// --strict-utf8, --plain-special-tokens
void add_text_options(ArgumentParser& arguments, bool& strict_utf8, bool& special_tokens_in_text);

// --text-column, --pair-column, --header, --no-header, --delimiter
struct ColumnFlags {
  std::string text;
  std::string pair;
  std::string label;
  std::string delimiter;
  bool header = false;
  bool no_header = false;
};
std::vector<Option*> add_column_options(ArgumentParser& arguments, ColumnFlags& flags);

// How to read a file of that format. Throws kUsage for a delimiter that is not one character, and for options that mean
// nothing in that format.
ReaderOptions reader_options(Format format, const ColumnFlags& flags);

// Texts on the command line or a file: TEXT..., --pair, --input, --input-format and the column options.
struct InputOptions {
  const Option* text = nullptr;
  const Option* pair = nullptr;
  std::string input;
  std::string format;
  ColumnFlags columns;

  // Throws kUsage unless there are texts or a file, but not both, and every text has its pair or none has.
  void check() const;
  bool from_file() const { return !input.empty(); }
  Reader open() const;
  std::vector<TextInput> arguments() const;
};
void add_input_options(ArgumentParser& arguments, InputOptions& options);

// Of these, what names and describes a file: --input, --input-format and the column options.
void add_input_file_options(ArgumentParser& arguments, InputOptions& options);

// --format with the names given; the first is the default.
void add_format_option(ArgumentParser& arguments, std::string& format, const std::vector<std::string>& names);

}  // namespace fbert
