#pragma once

#include <span>
#include <string>

#include "fbert/classifier.h"

// How a model folder was understood, on standard error: "fbert: note: <line>", each line once in a run of the program.
namespace fbert {

void report_notes(std::span<const std::string> notes);
void report_notes(const Classifier& classifier);  // of its model and its tokenizer

}  // namespace fbert
