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

struct TileSums {
  alignas(64) int32_t values[kRowBlock][kPanelColumns];
};

}  // namespace
}  // namespace fbert::kernels
