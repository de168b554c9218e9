#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace fbert {

// The figures of SQuAD v1.1, in percent, as the official evaluation script of that data set defines them: answers are
// compared after squad_normalized(), with the gold answer that fits best; a question without prediction counts 0.
struct SquadScore {
  int64_t questions = 0;
  int64_t unanswered = 0;  // without prediction
  double exact_match = 0;
  double f1 = 0;
};

// `data` is a SQuAD v1.1 file, `predictions` a JSON object from question ids to answers. Throws kData for files of
// another form, and for data without questions. Predictions for other questions are not looked at.
SquadScore score_squad(const std::filesystem::path& data, const std::filesystem::path& predictions);

// Lower case, without ASCII punctuation and the words a, an and the, with single spaces between words. Letters outside
// ASCII follow Unicode's simple case mapping. `answer` is well-formed UTF-8.
std::string squad_normalized(std::string_view answer);

// Of one prediction and one gold answer, in [0, 1]: the harmonic mean of precision and recall over the bag of words.
double squad_f1(std::string_view prediction, std::string_view gold);

}  // namespace fbert
