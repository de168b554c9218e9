#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fbert {

// The content of a file, and what messages call it.
struct SquadFile {
  std::string_view json;
  std::string name;
};

// Questions of one kind.
struct SquadPart {
  int64_t questions = 0;
  double exact_match = 0;
  double f1 = 0;
};

// The greatest mean there is when answers are left out whose probability of no answer is above a threshold.
struct SquadBest {
  double score = 0;
  double threshold = 0;
};

// What SQuAD v2.0 has besides: some of its questions have no answer, to which the empty answer is the right one.
struct SquadNoAnswers {
  std::optional<SquadPart> with_answer;
  std::optional<SquadPart> without_answer;
  std::optional<SquadBest> best_exact;  // these two where probabilities are given
  std::optional<SquadBest> best_f1;
};

// The figures of SQuAD, in percent, as the official evaluation scripts of v1.1 and v2.0 define them: answers are
// compared after squad_normalized(), with the gold answer that fits best; a question without prediction counts 0.
struct SquadScore {
  int64_t questions = 0;
  int64_t unanswered = 0;  // without prediction
  double exact_match = 0;
  double f1 = 0;
  std::optional<SquadNoAnswers> no_answers = {};  // of a v2.0 file
};

// `data` is a SQuAD file, `predictions` a JSON object from question ids to answers, `na_probabilities` one from ids to
// the probability that there is no answer. A file is v2.0 if it says so, or has a question without answers or the key
// is_impossible. Throws kData for files of another form, and for data without questions; OptionError for probabilities
// beside a v1.1 file. Predictions for other questions are not looked at.
SquadScore score_squad(const SquadFile& data, const SquadFile& predictions,
                       const SquadFile* na_probabilities = nullptr);

// Lower case, without ASCII punctuation and the words a, an and the, with single spaces between words. Letters outside
// ASCII follow Unicode's simple case mapping. `answer` is well-formed UTF-8.
std::string squad_normalized(std::string_view answer);

// Of one prediction and one gold answer, in [0, 1]: the harmonic mean of precision and recall over the bag of words.
double squad_f1(std::string_view prediction, std::string_view gold);

}  // namespace fbert
