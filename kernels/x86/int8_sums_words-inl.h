#pragma once

#include "kernels/tile_sums-inl.h"

// The integer product without VNNI: both operands widened to 16 bits and multiplied in pairs with vpmaddwd, which is
// exact. vpmaddubsw, which takes 8 bits as they are, is forbidden here: two products of 255 * 127 leave its 16 bits and
// saturate. Taking the sign to the weights first, so that it cannot, costs as many instructions as widening.
//
// The activations of a row block are widened once for a whole panel, a piece of the depth at a time, so that the piece
// stays in the first-level cache with the weights that meet it; the weights on their way into a register, once for four
// rows. A register of weights holds a depth group of kWordColumns columns; one of sums, two partial sums of each.
//
// Needs before it, for the instruction set:
//
//   kWordColumns, Words                                    a register and the columns in it
//   Words no_words();
//   Words load_weights(const int8_t* b);                   widens kWordColumns * kDepthGroup values
//   Words load_values(const uint16_t* a);                  repeats kDepthGroup values
//   Words add_word_products(Words sums, Words a, Words b);
//   void add_partial_sums(Words left, Words right, int32_t* sums);  2 * kWordColumns sums; aligned
//   void widen(const uint8_t* a, uint16_t* words);         a depth group of a row block
namespace fbert::kernels {
namespace {

constexpr size_t kPieceGroups = 64;  // 4 KiB of activations and 12 KiB of weights

struct WideActivations {
  alignas(64) uint16_t values[kPieceGroups * kRowBlock * kDepthGroup];
};

// Adds kRows rows and 2 * kWordColumns columns of a piece. Not inlined: where g++ 12 inlines it, it copies the sums
// from register to register in each step.
template <size_t kRows>
__attribute__((noinline)) void add_words(const uint16_t* a, const int8_t* b, size_t b_step, size_t groups,
                                         int32_t* sums) {
  Words partial[kRows][2];
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows; ++r) partial[r][0] = partial[r][1] = no_words();
  for (size_t g = 0; g < groups; ++g) {
    const Words left = load_weights(b);
    const Words right = load_weights(b + kWordColumns * kDepthGroup);
#pragma GCC unroll 8
    for (size_t r = 0; r < kRows; ++r) {
      const Words values = load_values(a + r * kDepthGroup);
      partial[r][0] = add_word_products(partial[r][0], values, left);
      partial[r][1] = add_word_products(partial[r][1], values, right);
    }
    a += kRowBlock * kDepthGroup;
    b += b_step;
  }
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows; ++r) add_partial_sums(partial[r][0], partial[r][1], sums + r * kPanelColumns);
}

inline void sum_tile(const uint8_t* a, const int8_t* b, size_t groups, size_t rows, size_t vectors,
                     const int32_t* start, const Ahead& ahead, TileSums& sums) {
  const size_t columns = vectors * 16;
  const size_t b_step = columns * kDepthGroup;
  for (size_t r = 0; r < rows; ++r) __builtin_memcpy(sums.values[r], start, columns * sizeof(int32_t));
  WideActivations wide;
  for (size_t first = 0; first < groups; first += kPieceGroups) {
    const size_t count = groups - first < kPieceGroups ? groups - first : kPieceGroups;
    for (size_t g = 0; g < count; ++g) {
      widen(a + (first + g) * kRowBlock * kDepthGroup, wide.values + g * kRowBlock * kDepthGroup);
    }
    const int8_t* piece = b + first * b_step;
    for (size_t i = 0; i < ahead.count; ++i) {
      for (size_t g = first; g < first + count; ++g) __builtin_prefetch(ahead.lines[i] + g * kGroupBytes, 0, 2);
    }
    for (size_t column = 0; column < columns; column += 2 * kWordColumns) {
      const int8_t* weights = piece + column * kDepthGroup;
      size_t row = 0;
      for (; row + 4 <= rows; row += 4) {
        add_words<4>(wide.values + row * kDepthGroup, weights, b_step, count, sums.values[row] + column);
      }
      for (; row + 2 <= rows; row += 2) {
        add_words<2>(wide.values + row * kDepthGroup, weights, b_step, count, sums.values[row] + column);
      }
      if (row < rows) {
        add_words<1>(wide.values + row * kDepthGroup, weights, b_step, count, sums.values[row] + column);
      }
    }
  }
}

}  // namespace
}  // namespace fbert::kernels
