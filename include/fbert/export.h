#pragma once

// Marks what libfbert.so exports. All else in it is hidden, and cmake/libfbert.symbols lists what is not.
#define FBERT_API __attribute__((visibility("default")))
