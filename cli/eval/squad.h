#pragma once

#include <cstddef>
#include <string>

#include "metrics/squad.h"

namespace fbert {

// Reads the files of eval --squad, see score_squad(); "" for no probabilities.
SquadScore score_squad_files(const std::string& data, const std::string& predictions,
                             const std::string& na_probabilities);

// In the form that is named: table, md, csv or json. `columns` are the terminal's.
std::string print_squad(const SquadScore& score, const std::string& format, size_t columns);

}  // namespace fbert
