#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/table.h"

// What every int8_sums_*-inl.h fills: the exact integer product of a tile, at most kRowBlock rows by kPanelColumns
// columns.
namespace fbert::kernels {
namespace {

struct TileSums {
  alignas(64) int32_t values[kRowBlock][kPanelColumns];
};

}  // namespace
}  // namespace fbert::kernels
