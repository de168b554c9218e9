#include "fbert/quantize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>

#include <sys/resource.h>

#include "engine/quantized_folder.h"
#include "fbert/error.h"
#include "fbert/model.h"
#include "loader/atomic_file.h"
#include "loader/weight_files.h"
#include "tests/support/arrays.h"
#include "tests/support/file_sha256.h"
#include "tests/support/model_logits.h"
#include "tests/support/paths.h"
#include "tests/support/tiny_model.h"

namespace fbert::quantize_model_test {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::logits_of_random_texts;
using testing::TinyModel;

const std::string kEncoder = "bert.encoder.layer.";

class Quantize : public ::testing::Test {
 protected:
  Quantize() { TinyModel().write(source); }

  std::string error(const QuantizeOptions& options, ErrorCode code, const fs::path& to) const {
    try {
      quantize_model(source, to, options);
      ADD_FAILURE() << "accepted";
      return "";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.what();
      return error.what();
    }
  }

  std::set<std::string> names() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(root.path())) names.insert(entry.path().filename().string());
    return names;
  }

  testing::TemporaryFolder root;
  fs::path source = root.path() / "model";
  fs::path output = root.path() / "int8";
};

void expect_same_logits(const fs::path& source, const fs::path& output, std::optional<EmbeddingType> embeddings) {
  const Model expected = load_model(source, {.precision = Precision::kInt8, .embeddings = embeddings});
  const Model model = load_model(output);
  EXPECT_EQ(model.precision(), Precision::kInt8);
  EXPECT_EQ(model.embeddings(), expected.embeddings());
  EXPECT_EQ(logits_of_random_texts(model), logits_of_random_texts(expected));
  EXPECT_EQ(model.weight_bytes(), expected.weight_bytes());
}

TEST_F(Quantize, LeavesNothingWhenItsCallerEndsIt) {
  struct Ended {};
  for (int calls = 0;; ++calls) {  // at every call of it
    int left = calls;
    bool ended = false;
    const auto end_it = [&](uint64_t, uint64_t) {
      if (left-- > 0) return;
      ended = true;
      throw Ended();
    };
    try {
      quantize_model(source, output, {.progress = end_it});
    } catch (const Ended&) {
      EXPECT_THAT(names(), ElementsAre("model"));
    }
    if (!ended) break;
    ASSERT_LT(calls, 1000);
  }
  EXPECT_THAT(names(), ElementsAre("int8", "model"));
}

TEST_F(Quantize, RefusesToCopyWhatIsNoFileOfATokenizer) {
  for (const char* name : {"tokenizer.json", "vocab.txt", "special_tokens_map.json"}) {
    testing::write_text(source / name, "version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 1\n");
    EXPECT_THAT(error({}, ErrorCode::kData, output), HasSubstr(std::string(name) + ": this is a Git LFS pointer"));
    EXPECT_THAT(names(), ElementsAre("model"));
    fs::remove(source / name);
  }
}

TEST_F(Quantize, RefusesASourceThatChangesMeanwhile) {
  const auto rewrite = [&](uint64_t, uint64_t) { testing::write_text(source / "config.json", "{}"); };
  EXPECT_THAT(error({.progress = rewrite}, ErrorCode::kData, output),
              HasSubstr("config.json: changed while the model was loaded"));
  EXPECT_THAT(names(), ElementsAre("model"));
}

TEST_F(Quantize, TheFolderGivesTheBitsOfTheInt8Variant) {
  const std::optional<EmbeddingType> types[] = {{}, EmbeddingType::kF32, EmbeddingType::kF16, EmbeddingType::kInt8};
  for (const bool distilbert : {false, true}) {
    for (const auto& embeddings : types) {
      TinyModel tiny;
      tiny.distilbert = distilbert;
      tiny.hidden_size = 78;  // heads of 26; no multiple of 4
      tiny.intermediate_size = 130;
      tiny.with_prefix = !distilbert;
      tiny.old_layer_norm_names = distilbert;
      tiny.write(source);
      const QuantizeResult result = quantize_model(source, output, {.embeddings = embeddings, .force = true});
      EXPECT_EQ(result.quantized, 12U);
      EXPECT_EQ(result.output_bytes, fs::file_size(output / "model.safetensors"));
      expect_same_logits(source, output, embeddings);
    }
  }
}

TEST_F(Quantize, TheDefaultModelGivesTheBitsOfTheInt8Variant) {
  const fs::path model = testing::source_dir() / "models" / "fbert-mini-sst2";
  quantize_model(model, output, {.embeddings = EmbeddingType::kInt8});
  expect_same_logits(model, output, EmbeddingType::kInt8);
}

TEST_F(Quantize, KeepsWhatThePatternsName) {
  const QuantizeResult result =
      quantize_model(source, output, {.keep = {kEncoder + "1.attention.*.dense", "*layer.?.intermediate*"}});
  EXPECT_THAT(result.kept, ElementsAre(kEncoder + "0.intermediate.dense", kEncoder + "1.attention.output.dense",
                                       kEncoder + "1.intermediate.dense"));
  EXPECT_EQ(result.quantized, 9U);
  const Model model = load_model(output);
  EXPECT_THAT(model.config().quantization->ignore,
              ElementsAre(result.kept[0], result.kept[1], result.kept[2], "bert.pooler.dense", "classifier"));
  const std::vector<float> kept = logits_of_random_texts(model);
  EXPECT_NE(kept, logits_of_random_texts(load_model(source)));
  EXPECT_NE(kept, logits_of_random_texts(load_model(source, {.precision = Precision::kInt8})));
}

TEST_F(Quantize, AnyMixtureOfPrecisionsStaysCloseToFloat) {
  TinyModel tiny;
  tiny.hidden_size = 192;  // 4 panels in int8, 6 in floats: on two threads they are shared out one by one, on three not
  tiny.heads = 3;
  tiny.layers = 3;
  tiny.write(source);
  const std::vector<float> exact = logits_of_random_texts(load_model(source));
  for (const char* kept :
       {"*.query", "*.key", "*.value", "*.dense", "*.query *.key", "*.query *.value", "*.key *.value"}) {
    QuantizeOptions options{.force = true};
    std::istringstream patterns(kept);
    for (std::string pattern; patterns >> pattern;) options.keep.push_back(pattern);
    quantize_model(source, output, options);
    const Model model = load_model(output);
    const std::vector<float> found = logits_of_random_texts(model);
    for (const int threads : {2, 3}) EXPECT_EQ(logits_of_random_texts(model, threads), found) << kept;
    EXPECT_TRUE(testing::arrays_equal(found, exact, 0.15)) << kept;
  }
}

TEST_F(Quantize, BytesDependOnTheSourceAlone) {
  const fs::path again = root.path() / "again";
  for (const std::vector<std::string>& keep : {std::vector<std::string>{}, {"*.query", "*.0.*.value"}}) {
    QuantizeOptions options{.embeddings = EmbeddingType::kInt8, .keep = keep, .force = true};
    quantize_model(source, output, options);
    options.isa = "ref";
    quantize_model(source, again, options);
    for (const auto& entry : fs::directory_iterator(output)) {
      EXPECT_EQ(testing::sha256_of_file(entry.path()), testing::sha256_of_file(again / entry.path().filename())) << entry.path();
    }
  }
}

TEST_F(Quantize, RecordsWhatWasDoneToWhat) {
  quantize_model(source, output, {.embeddings = EmbeddingType::kF16, .keep = {"*.query"}});
  const Json record = load_json(output / kRecordFile);
  EXPECT_EQ(record["format_version"], "1");
  EXPECT_EQ(record["recipe"]["embeddings"], "fp16");
  EXPECT_EQ(record["recipe"]["keep"], Json({"*.query"}));
  EXPECT_EQ(record["source_sha256"]["model.safetensors"], testing::sha256_of_file(source / "model.safetensors"));
  const auto metadata = WeightFiles::open(output).files().front().metadata();
  EXPECT_EQ(Json::parse(metadata.at(kRecipeKey)), record["recipe"]);
  EXPECT_EQ(Json::parse(metadata.at(kSourceKey)), record["source_sha256"]);
  EXPECT_EQ(read_file(output / "vocab.txt", 1 << 20), read_file(source / "vocab.txt", 1 << 20));
  EXPECT_EQ(read_file(output / "tokenizer_config.json", 1 << 20), read_file(source / "tokenizer_config.json", 1 << 20));
}

TEST_F(Quantize, ARowOfZerosGetsAScaleThatLoads) {
  auto tensors = TinyModel().tensors();
  auto& values = tensors.at(kEncoder + "0.output.dense.weight").values;
  std::fill_n(values.begin(), 40, 0.0F);
  testing::write_tensors(source / "model.safetensors", tensors);
  quantize_model(source, output, {});
  expect_same_logits(source, output, {});
}

TEST_F(Quantize, RefusesPatternsThatMatchNothingOrEverything) {
  EXPECT_THAT(error({.keep = {"*.query", "*.queri"}}, ErrorCode::kUsage, output), HasSubstr("keep: '*.queri' matches"));
  EXPECT_THAT(error({.keep = {""}}, ErrorCode::kUsage, output), HasSubstr("keep: '' matches"));
  EXPECT_THAT(error({.keep = {"*"}}, ErrorCode::kUsage, output), HasSubstr("no linear layer"));
  EXPECT_THAT(names(), ElementsAre("model"));
}

TEST_F(Quantize, RefusesOutputsThatWouldTouchTheSource) {
  for (const bool force : {false, true}) {
    EXPECT_THAT(error({.force = force}, ErrorCode::kUsage, source), HasSubstr("lies in the folder of the model"));
    EXPECT_THAT(error({.force = force}, ErrorCode::kUsage, source / "int8"), HasSubstr("lies in the folder"));
    EXPECT_THAT(error({.force = force}, ErrorCode::kUsage, source / ".." / "model" / "x"), HasSubstr("lies in"));
  }
  fs::create_directory_symlink(source, root.path() / "link");
  EXPECT_THAT(error({}, ErrorCode::kUsage, root.path() / "link" / "x"), HasSubstr("lies in the folder"));
}

TEST_F(Quantize, ReplacesOnlyItsOwnFoldersAndOnlyByForce) {
  quantize_model(source, output, {});
  const std::string first = testing::sha256_of_file(output / "model.safetensors");
  EXPECT_THAT(error({.embeddings = EmbeddingType::kInt8}, ErrorCode::kUsage, output),
              HasSubstr("exists already; force replaces"));
  EXPECT_EQ(testing::sha256_of_file(output / "model.safetensors"), first);
  quantize_model(source, output, {.embeddings = EmbeddingType::kInt8, .force = true});
  EXPECT_NE(testing::sha256_of_file(output / "model.safetensors"), first);

  testing::write_text(output / "notes.txt", "mine");
  EXPECT_THAT(error({.force = true}, ErrorCode::kUsage, output), HasSubstr("holds 'notes.txt'"));
  EXPECT_THAT(error({.force = true}, ErrorCode::kUsage, root.path()), HasSubstr("holds"));
  fs::remove(output / "notes.txt");
  fs::remove(output / kRecordFile);
  EXPECT_THAT(error({.force = true}, ErrorCode::kUsage, output), HasSubstr("has no quantization.json"));
}

TEST_F(Quantize, RefusesAQuantisedSource) {
  quantize_model(source, output, {});
  source = output;
  EXPECT_THAT(error({}, ErrorCode::kData, root.path() / "twice"), HasSubstr("is quantised already"));
}

TEST_F(Quantize, RefusesWeightsThatAreNotFinite) {
  auto tensors = TinyModel().tensors();
  tensors.at(kEncoder + "0.output.dense.weight").values[45] = NAN;
  testing::write_tensors(source / "model.safetensors", tensors);
  EXPECT_THAT(error({}, ErrorCode::kData, output),
              HasSubstr("output.dense.weight': row 1 has a value that is not finite"));
  tensors = TinyModel().tensors();
  tensors.at("bert.embeddings.word_embeddings.weight").values[45] = 1e6F;
  testing::write_tensors(source / "model.safetensors", tensors);
  EXPECT_THAT(error({.embeddings = EmbeddingType::kF16}, ErrorCode::kData, output),
              HasSubstr("range of 16-bit floats"));
  tensors.erase("classifier.bias");
  testing::write_tensors(source / "model.safetensors", tensors);
  EXPECT_THAT(error({}, ErrorCode::kData, output), HasSubstr("missing: classifier.bias"));
  EXPECT_THAT(names(), ElementsAre("model"));
}

TEST_F(Quantize, RefusesTensorsOfAnotherShapeBeforeItConvertsThem) {
  for (const std::string name : {"0.output.dense.weight", "1.attention.self.value.bias"}) {
    auto tensors = TinyModel().tensors();
    tensors.at(kEncoder + name) = {{5}, std::vector<float>(5)};
    testing::write_tensors(source / "model.safetensors", tensors);
    EXPECT_THAT(error({}, ErrorCode::kData, output), HasSubstr(name + "': expected shape"));
  }
  EXPECT_THAT(names(), ElementsAre("model"));
}

TEST_F(Quantize, KeepsLayersThatEightBitsCannotHold) {
  auto tensors = TinyModel().tensors();
  tensors.at(kEncoder + "0.output.dense.weight").values[45] = INFINITY;
  testing::write_tensors(source / "model.safetensors", tensors);
  EXPECT_EQ(quantize_model(source, output, {.keep = {"*0.output.dense"}}).quantized, 11U);
}

TEST_F(Quantize, RefusesASourceWithTensorsOfQuantisedFolders) {
  auto tensors = TinyModel().tensors();
  tensors[kEncoder + "0.output.dense.input_mean"] = {{40}, std::vector<float>(40)};
  testing::write_tensors(source / "model.safetensors", tensors);
  EXPECT_THAT(error({}, ErrorCode::kData, output), HasSubstr("0.output.dense.input_mean': has a name of quantised"));
}

TEST_F(Quantize, TakesTheInstructionSetThatIsAskedFor) {
  quantize_model(source, output, {.isa = "ref"});
  EXPECT_THAT(error({.isa = "none"}, ErrorCode::kUsage, root.path() / "none"), HasSubstr("none"));
}

TEST_F(Quantize, ADiskThatIsFullLeavesNothing) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit = {};
  ::getrlimit(RLIMIT_FSIZE, &limit);
  for (const rlim_t size : std::initializer_list<rlim_t>{100, 5'000, 20'000}) {
    const rlimit small = {size, limit.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
    const std::string message = error({}, ErrorCode::kData, output);
    ::setrlimit(RLIMIT_FSIZE, &limit);
    EXPECT_THAT(message, HasSubstr("File too large")) << size;
    EXPECT_THAT(names(), ElementsAre("model"));
  }
}

TEST_F(Quantize, ReportsProgressUpToTheEnd) {
  uint64_t last = 0, all = 0;
  quantize_model(source, output, {.progress = [&](uint64_t done, uint64_t total) {
                   EXPECT_GE(done, last);
                   EXPECT_LE(done, total);
                   last = done, all = total;
                 }});
  EXPECT_GT(last, all * 9 / 10);
}

}  // namespace
}  // namespace fbert::quantize_model_test
