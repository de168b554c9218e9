#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/fetch-inl.h"
#include "kernels/table.h"

// What every int8_sums_*-inl.h fills: the exact integer product of a tile, at most kRowBlock rows by kPanelColumns
// columns. Each defines
//
//   void sum_tile(const uint8_t* a, const int8_t* b, size_t groups, size_t rows, size_t vectors, const int32_t* start,
//                 const Ahead& ahead, TileSums& sums);
//
// for a row block of A and a panel of B of 16 * vectors columns.
namespace fbert::kernels {
namespace {

constexpr size_t kGroupBytes = kPanelColumns * kDepthGroup;  // of a whole panel
constexpr size_t kGroupLines = kGroupBytes / kLineBytes;

// What is worth fetching into the second-level cache while a tile is worked on: in its depth group g the cache lines at
// lines[i] + g * kGroupBytes. sum_tile() may leave it for panels narrower than kPanelColumns.
struct Ahead {
  const int8_t* lines[kGroupLines];
  size_t count = 0;
};

struct TileSums {
  alignas(64) int32_t values[kRowBlock][kPanelColumns];
};

}  // namespace
}  // namespace fbert::kernels
