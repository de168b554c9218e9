#include <cstdio>
#include <span>

#include "cli/classifier.h"

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  try {
    fbert::Classifier classifier = fbert::Classifier::load(argv[1]);
    for (const char* text : std::span(argv, static_cast<size_t>(argc)).subspan(2)) {
      const fbert::Prediction prediction = classifier.classify(text);
      std::printf("%d %.3f %s\n", prediction.label, static_cast<double>(prediction.score), text);
    }
  } catch (const fbert::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
