#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/inspect/cpu.h"
#include "cli/inspect/quantization.h"
#include "cli/notes.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/report/json_report.h"
#include "cli/report/terminal.h"
#include "engine/modules.h"
#include "fbert/model.h"
#include "fbert/quantize.h"
#include "fbert/threads.h"
#include "fbert/tokenizer.h"
#include "kernels/cpu.h"
#include "kernels/kernels.h"
#include "pipelines/load_options.h"

namespace fbert {

namespace {

struct InspectOptions {
  ModelOptions model;
  ClassifierOptions compute;
  std::string format;
  bool cpu = false;
};

// Of what the model computes with, whatever else its files hold.
uint64_t count_parameters(const ModelConfig& config) {
  uint64_t count = 0;
  for_each_tensor(modules_of(config, ""), [&count](const std::string&, const Shape& shape) {
    uint64_t elements = 1;
    for (const uint64_t dimension : shape) elements *= dimension;
    count += elements;
  });
  return count;
}

// The activations of one forward pass over a text of the greatest length.
uint64_t workspace_bytes(const Model& model) {
  const int32_t longest = model.config().max_position_embeddings;
  Context stream(model, 1);
  stream.reserve(longest, 1, longest);
  return stream.workspace_bytes();
}

// By what the tokenizer does, so that it holds for every way a folder can say it.
std::string casing(const Tokenizer& tokenizer) {
  const Encoding encoding = tokenizer.encode("A", {.add_special_tokens = false});
  if (encoding.ids.size() != 1) return "unknown";
  const std::string_view token = tokenizer.token(encoding.ids[0]);
  if (token == "a") return "uncased";
  return token == "A" ? "cased" : "unknown";
}

OrderedJson inspect_tokenizer(const ModelFolder& folder) {
  try {
    const Tokenizer tokenizer = Tokenizer::load(folder);
    report_notes(tokenizer.notes());
    OrderedJson json = {
        {"source", tokenizer.source()}, {"vocab_size", tokenizer.vocab_size()}, {"casing", casing(tokenizer)}};
    json["max_length"] = tokenizer.model_max_length() > 0 ? OrderedJson(tokenizer.model_max_length()) : OrderedJson();
    return json;
  } catch (const Error& error) {
    return {{"error", error.what()}};  // a model without tokenizer has hidden states to give to programs
  }
}

OrderedJson inspect_model(const InspectOptions& options) {
  const ModelFolder folder = options.model.folder();
  const ThreadDecision threads = decide_threads(options.compute.threads);
  const Model model = load_model(folder, load_options(options.compute));
  const ModelConfig& config = model.config();
  report_notes(config.notes);
  OrderedJson json = {
      {"model", folder.path().string()},
      {"family", to_string(config.family)},
      {"architecture", config.architecture},
      {"task", task_of(config.head)},
  };
  const SequenceClassification* head = config.classification();
  json["problem_type"] = head == nullptr ? OrderedJson() : OrderedJson(to_string(head->problem_type));
  json["labels"] = head == nullptr ? std::vector<std::string>() : head->labels;
  json["sizes"] = {
      {"layers", config.num_hidden_layers},  {"hidden", config.hidden_size},
      {"heads", config.num_attention_heads}, {"intermediate", config.intermediate_size},
      {"vocabulary", config.vocab_size},     {"positions", config.max_position_embeddings},
  };
  json["activation"] = to_string(config.hidden_act);
  json["parameters"] = count_parameters(config);
  json["dtype"] = model.weight_dtype();
  json["variant"] = to_string(model.precision());
  json["embeddings"] = to_string(model.embeddings());
  if (config.quantization) json["quantization"] = inspect_quantization(*config.quantization, folder);
  json["file_bytes"] = model.file_bytes();
  json["memory"] = {{"weights_bytes", model.weight_bytes()}, {"workspace_bytes_per_stream", workspace_bytes(model)}};
  json["tokenizer"] = inspect_tokenizer(folder);
  json["cpu"] = kernels::cpu_brand();
  json["isa"] = {{"name", model.isa().table->name}, {"reason", isa_reason(options.compute.isa, model.isa())}};
  json["blas"] = blas_text(options.compute.blas, model.blas());
  json["threads"] = {{"count", threads.threads}, {"reason", threads_reason(options.compute.threads, threads)}};
  return json;
}

std::string mebibytes(const OrderedJson& bytes) {
  return fmt::format("{:.1f} MiB", bytes.get<double>() / (1024.0 * 1024.0));
}

std::string describe_tokenizer(const OrderedJson& tokenizer) {
  if (tokenizer.contains("error")) return "none: " + tokenizer["error"].get<std::string>();
  return fmt::format("{}, {} tokens, {}, {}", tokenizer["source"].get<std::string>(),
                     tokenizer["vocab_size"].get<int64_t>(), tokenizer["casing"].get<std::string>(),
                     tokenizer["max_length"].is_null()
                         ? "no length limit stated"
                         : fmt::format("at most {} tokens", tokenizer["max_length"].get<int64_t>()));
}

std::string describe_labels(const OrderedJson& labels) {
  std::string out;
  for (size_t id = 0; id < labels.size(); ++id) {
    out += fmt::format("{}{} {}", id > 0 ? ", " : "", id, labels[id].get<std::string>());
  }
  return out.empty() ? "none" : out;
}

std::string to_table(const OrderedJson& json, size_t columns) {
  std::string out;
  const auto row = [&](std::string_view name, const std::string& value) {
    append_field(out, name, value, 14, columns);
  };
  const auto text = [&json](const char* key) { return json[key].get<std::string>(); };
  const OrderedJson& sizes = json["sizes"];
  const auto size = [&sizes](const char* key) { return sizes[key].get<int64_t>(); };
  row("model", text("model"));
  row("family", text("family"));
  row("architecture", text("architecture"));
  row("task", json["problem_type"].is_null() ? text("task") : text("task") + ", " + text("problem_type"));
  row("labels", describe_labels(json["labels"]));
  row("sizes",
      fmt::format("{} layers, hidden {}, {} heads, intermediate {}, vocabulary {}, {} positions", size("layers"),
                  size("hidden"), size("heads"), size("intermediate"), size("vocabulary"), size("positions")));
  row("activation", text("activation"));
  row("parameters", fmt::format("{}", json["parameters"].get<uint64_t>()));
  row("weights", fmt::format("{}, {} on disk", text("dtype"), mebibytes(json["file_bytes"])));
  row("variant", fmt::format("{}, word embeddings in {}", text("variant"), text("embeddings")));
  if (json.contains("quantization")) row("quantization", describe_quantization(json["quantization"]));
  row("memory",
      fmt::format("{} of weights, {} of activations per stream at the greatest length",
                  mebibytes(json["memory"]["weights_bytes"]), mebibytes(json["memory"]["workspace_bytes_per_stream"])));
  row("tokenizer", describe_tokenizer(json["tokenizer"]));
  row("cpu", text("cpu"));
  row("isa", fmt::format("{}: {}", json["isa"]["name"].get<std::string>(), json["isa"]["reason"].get<std::string>()));
  row("blas", text("blas"));
  row("threads",
      fmt::format("{}: {}", json["threads"]["count"].get<int>(), json["threads"]["reason"].get<std::string>()));
  return out;
}

void inspect(const InspectOptions& options) {
  const OrderedJson json = options.cpu ? inspect_cpu(options.compute) : inspect_model(options);
  Output output;
  if (options.format == "json") {
    output.text() = dump(json, 2) + '\n';
  } else {
    const size_t columns = terminal_columns(STDOUT_FILENO);
    output.text() = options.cpu ? describe_cpu(json, columns) : to_table(json, columns);
  }
  output.flush();
}

}  // namespace

Command add_inspect(ArgumentParser& program) {
  ArgumentParser& arguments =
      program.add_command("inspect", "Show what a model folder holds and how it would run here");
  const auto options = std::make_shared<InspectOptions>();
  add_model_options(arguments, options->model);
  arguments.add_flag("--cpu", &options->cpu, "Show the CPU instead: kernels, cores, limits, caches; needs no model");
  add_format_option(arguments, options->format, {"table", "json"});
  add_compute_options(arguments, options->compute);
  add_embeddings_option(arguments, options->compute.embeddings, "Word embeddings in memory");
  return {&arguments, [options] { inspect(*options); }};
}

}  // namespace fbert
