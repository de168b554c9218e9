// Runs forward passes on request, so that a harness can time fbert beside other runtimes in turn. One line each way:
//
//   version                                 -> v TEXT
//   load ID FOLDER VARIANT THREADS          -> ok LOAD_MS
//   run ID BATCH SEQ WARMUP MAXITER BUDGET  -> t US US US ...   microseconds of each forward; at most BUDGET ms in all
//   logits ID BATCH SEQ PAD                 -> l V V V ...      (BATCH, labels)
//   open ID FOLDER VARIANT THREADS          -> ok LOAD_MS       a classifier of texts
//   classify ID FILE                        -> c MS LABEL LABEL ...   from text to label, all lines of FILE at once
//   free ID                                 -> ok
//   quit
//
// A line of FILE with a tab in it is a pair of texts. A failure answers "err TEXT". Token ids come from
// $PEERS_TMP/ids.i64, (32, 512) int64: the first SEQ of row i with 101 in front and 102 at the end; with PAD 1 row i
// has only max(3, SEQ - i * SEQ / (2 * BATCH)) tokens.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "fbert/classifier.h"
#include "fbert/error.h"
#include "fbert/model.h"
#include "fbert/quantize.h"
#include "fbert/version.h"

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kRows = 32;
constexpr int kColumns = 512;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

struct Loaded {
  fbert::Model model;
  fbert::Context context;

  Loaded(const std::string& folder, fbert::Precision precision, int threads)
      : model(fbert::load_model(folder, {.precision = precision, .isa = {}})), context(model, threads) {}
};

std::vector<fbert::TextInput> read_texts(const std::string& path) {
  std::ifstream file(path);
  std::vector<fbert::TextInput> texts;
  for (std::string line; std::getline(file, line);) {
    const size_t tab = line.find('\t');
    const bool pair = tab != std::string::npos;
    texts.push_back({.text = line.substr(0, tab), .pair = pair ? line.substr(tab + 1) : "", .has_pair = pair});
  }
  return texts;
}

[[noreturn]] void fail(const std::string& message) { throw fbert::Error(fbert::ErrorCode::kUsage, message); }

class PeerWorker {
 public:
  // The answer to one request.
  std::string answer(const std::string& line) {
    std::istringstream words(line);
    std::string verb;
    words >> verb;
    if (verb == "version") {
      return std::string("v fbert ").append(fbert::version());
    }
    if (verb == "load") return load(words);
    if (verb == "run") return run(words);
    if (verb == "logits") return logits(words);
    if (verb == "open") return open(words);
    if (verb == "classify") return classify(words);
    if (verb == "free") {
      const std::string id = word(words);
      models_.erase(id);
      classifiers_.erase(id);
      return "ok";
    }
    fail("unknown request " + fbert::escaped(verb));
  }

 private:
  static std::string word(std::istream& words) {
    std::string value;
    if (!(words >> value)) fail("the request is incomplete");
    return value;
  }

  static int number(std::istream& words, int min, int max) {
    int value = 0;
    if (!(words >> value) || value < min || value > max) fail(fmt::format("expected a number from {} to {}", min, max));
    return value;
  }

  static fbert::Precision precision(std::istream& words) {
    const std::string variant = word(words);
    if (variant != "fp32" && variant != "int8") fail("unknown variant " + fbert::escaped(variant));
    return variant == "int8" ? fbert::Precision::kInt8 : fbert::Precision::kF32;
  }

  std::string load(std::istream& words) {
    const std::string id = word(words);
    const std::string folder = word(words);
    const fbert::Precision variant = precision(words);
    const int threads = number(words, 1, 1024);
    const auto start = Clock::now();
    models_.erase(id);
    models_.try_emplace(id, folder, variant, threads);
    return fmt::format("ok {:.3f}", milliseconds_since(start));
  }

  std::string open(std::istream& words) {
    const std::string id = word(words);
    const std::string folder = word(words);
    const fbert::Precision variant = precision(words);
    const int threads = number(words, 1, 1024);
    const auto start = Clock::now();
    classifiers_.erase(id);
    classifiers_.emplace(id, fbert::Classifier::load(folder, {.precision = variant, .threads = threads}));
    return fmt::format("ok {:.3f}", milliseconds_since(start));
  }

  std::string classify(std::istream& words) {
    const auto found = classifiers_.find(word(words));
    if (found == classifiers_.end()) fail("no classifier of that id");
    const std::vector<fbert::TextInput> texts = read_texts(word(words));
    const auto start = Clock::now();
    const std::vector<fbert::Prediction> predictions = found->second.classify_or_throw(texts);
    std::string answer = fmt::format("c {:.3f}", milliseconds_since(start));
    for (const fbert::Prediction& prediction : predictions) answer += fmt::format(" {}", prediction.label);
    return answer;
  }

  Loaded& find(std::istream& words) {
    const auto found = models_.find(word(words));
    if (found == models_.end()) fail("no model of that id");
    return found->second;
  }

  fbert::PackedBatch make_batch(const fbert::Model& model, int batch, int seq, bool pad) {
    fbert::PackedBatch packed(model.config());
    for (int row = 0; row < batch; ++row) {
      const int length = pad ? std::max(3, seq - row * seq / (2 * batch)) : seq;
      std::vector<int32_t> ids(token_ids().begin() + row * kColumns, token_ids().begin() + row * kColumns + length);
      ids.front() = 101;
      ids.back() = 102;
      packed.add(ids);
    }
    return packed;
  }

  std::string run(std::istream& words) {
    Loaded& loaded = find(words);
    const int batch = number(words, 1, kRows);
    const int seq = number(words, 3, kColumns);
    const int warmup = number(words, 0, 1'000'000);
    const int most = number(words, 1, 1'000'000);
    double budget_ms = 0;
    if (!(words >> budget_ms)) fail("expected a time in milliseconds");

    const fbert::PackedBatch packed = make_batch(loaded.model, batch, seq, false);
    std::vector<float> output(static_cast<size_t>(batch * loaded.model.config().num_labels()));
    for (int i = 0; i < warmup; ++i) loaded.model.forward(packed, loaded.context, output);
    std::string times = "t";
    const auto begin = Clock::now();
    for (int i = 0; i < most && (i == 0 || milliseconds_since(begin) < budget_ms); ++i) {
      const auto start = Clock::now();
      loaded.model.forward(packed, loaded.context, output);
      times += fmt::format(" {:.2f}", milliseconds_since(start) * 1000);
    }
    return times;
  }

  std::string logits(std::istream& words) {
    Loaded& loaded = find(words);
    const int batch = number(words, 1, kRows);
    const int seq = number(words, 3, kColumns);
    const bool pad = number(words, 0, 1) == 1;
    std::vector<float> output(static_cast<size_t>(batch * loaded.model.config().num_labels()));
    loaded.model.forward(make_batch(loaded.model, batch, seq, pad), loaded.context, output);
    std::string values = "l";
    for (const float value : output) values += fmt::format(" {:.9g}", value);
    return values;
  }

  const std::vector<int32_t>& token_ids() {
    if (!token_ids_.empty()) return token_ids_;
    const char* root = std::getenv("PEERS_TMP");
    const auto path = std::filesystem::path(root != nullptr ? root : "/tmp/peers") / "ids.i64";
    std::ifstream file(path, std::ios::binary);
    std::vector<int64_t> wide(kRows * kColumns);
    const auto bytes = static_cast<std::streamsize>(wide.size() * sizeof(int64_t));
    if (!file.read(reinterpret_cast<char*>(wide.data()), bytes)) {
      fail(fmt::format("{}: expected {} int64 token ids", path.string(), wide.size()));
    }
    std::transform(wide.begin(), wide.end(), std::back_inserter(token_ids_),
                   [](int64_t id) { return static_cast<int32_t>(id); });
    return token_ids_;
  }

  std::map<std::string, Loaded> models_;
  std::map<std::string, fbert::Classifier> classifiers_;
  std::vector<int32_t> token_ids_;
};

}  // namespace

int main() {
  PeerWorker worker;
  for (std::string line; std::getline(std::cin, line) && line != "quit";) {
    try {
      std::cout << worker.answer(line) << std::endl;
    } catch (const std::exception& error) {
      std::cout << "err " << error.what() << std::endl;
    }
  }
}
