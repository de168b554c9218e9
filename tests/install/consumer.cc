#include <cstdio>
#include <span>

#include "fbert/classifier.h"
#include "fbert/quantize.h"

// consumer MODEL OUTPUT TEXT...: quantises MODEL into OUTPUT and classifies with it.
int main(int argc, char** argv) {
  if (argc < 4) return 2;
  try {
    fbert::quantize_model(argv[1], argv[2], {});
    fbert::Classifier classifier = fbert::Classifier::load(argv[2]);
    for (const char* text : std::span(argv, static_cast<size_t>(argc)).subspan(3)) {
      const fbert::Prediction prediction = classifier.classify(text);
      std::printf("%d %.3f %s\n", prediction.label, static_cast<double>(prediction.score), text);
    }
  } catch (const fbert::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
