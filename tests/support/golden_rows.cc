#include "tests/support/golden_rows.h"

#include <algorithm>
#include <fstream>
#include <span>
#include <sstream>

#include "loader/json.h"

namespace fbert::testing {

namespace {

namespace fs = std::filesystem;

std::vector<std::string> split(const std::string& line, char separator) {
  std::vector<std::string> fields;
  std::istringstream in(line);
  for (std::string field; std::getline(in, field, separator);) fields.push_back(field);
  return fields;
}

std::vector<std::string> lines_of(const fs::path& path) {
  std::vector<std::string> lines;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    lines.push_back(line);
  }
  return lines;
}

}  // namespace

std::vector<std::string> golden_files(const fs::path& data) {
  std::vector<std::string> names;
  const Json files = load_json(data / "models" / "golden.json");
  for (const auto& [name, entry] : files.items()) names.push_back(name);
  return names;
}

GoldenFile read_golden_file(const fs::path& data, const std::string& name) {
  const Json entry = load_json(data / "models" / "golden.json").at(name);
  GoldenFile file{.name = name, .model = data / "models" / fs::path(name).parent_path(), .rows = {}};
  const Tokenizer tokenizer = Tokenizer::load(file.model);
  const bool hybrid = name.find("hybrid") != std::string::npos;
  const EncodeOptions options{.max_length = hybrid ? 512 : 256};
  const std::vector<std::string> texts = lines_of(data / entry["file"].get<std::string>());
  const size_t header = entry["header"].get<bool>() ? 1 : 0;
  const char separator = entry["sep"].get<std::string>()[0];
  const std::vector<std::string> lines = lines_of(data / "models" / name);
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::vector<std::string> columns = split(lines[i], '\t');  // row, label, pred, n_tokens, logits
    GoldenRow row{columns.at(1), columns.at(2), std::stoul(columns.at(3)), {}, {}};
    for (size_t l = 4; l < columns.size(); ++l) row.logits.push_back(std::stod(columns[l]));
    const std::vector<std::string> fields = split(texts.at(std::stoul(columns[0]) + header), separator);
    const std::string& text = fields.at(entry["text"].get<size_t>());
    row.encoding = entry.contains("pair") ? tokenizer.encode_pair(text, fields.at(entry["pair"].get<size_t>()), options)
                                          : tokenizer.encode(text, options);
    file.rows.push_back(std::move(row));
  }
  return file;
}

std::vector<float> logits_of(const Model& model, Context& context, const std::vector<GoldenRow>& rows, size_t batch) {
  const auto labels = static_cast<size_t>(model.config().num_labels());
  std::vector<float> logits(rows.size() * labels);
  for (size_t begin = 0; begin < rows.size(); begin += batch) {
    const size_t count = std::min(batch, rows.size() - begin);
    PackedBatch packed(model.config());
    for (size_t i = 0; i < count; ++i) packed.add(rows[begin + i].encoding.ids, rows[begin + i].encoding.type_ids);
    model.forward(packed, context, std::span(logits).subspan(begin * labels, count * labels));
  }
  return logits;
}

}  // namespace fbert::testing
