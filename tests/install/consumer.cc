#include <cstdio>
#include <span>
#include <string_view>
#include <vector>

#include <fbert/classifier.h>
#include <fbert/quantize.h>
#include <fbert/version.h>

// consumer MODEL OUTPUT TEXT...: quantises MODEL into OUTPUT and classifies with it.
int main(int argc, char** argv) {
  if (argc < 4) return 2;
  const auto arguments = std::span(argv, static_cast<size_t>(argc)).subspan(3);
  try {
    fbert::quantize_model(argv[1], argv[2], {});
    const fbert::Classifier classifier = fbert::Classifier::load(argv[2]);
    const std::vector<std::string_view> texts(arguments.begin(), arguments.end());
    const std::vector<fbert::ClassifyResult> results = classifier.classify(texts);
    for (size_t i = 0; i < texts.size(); ++i) {
      const fbert::Prediction& prediction = results[i].prediction();
      std::printf("%d %.3f %s\n", prediction.label, static_cast<double>(prediction.score), argv[3 + i]);
    }
    fbert::Classifier::load("/nonexistent");
  } catch (const fbert::Error& error) {  // also across the border of a shared library
    std::printf("%s: %d\n", fbert::version(), static_cast<int>(error.code()));
    return 0;
  }
  return 1;
}
