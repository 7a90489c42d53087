// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/core/clones.hpp"
#include "flashvideo/core/math.hpp"

namespace flashvideo::thrust_detail {

/// sums(i, :) += left(i, :) right for row i of a tile, all three packed.
template <typename Scalar, index_t Columns, index_t Depth>
struct TileRow {
  const Scalar* left;   // (rows, Depth)
  const Scalar* right;  // (Depth, Columns)
  Scalar* sums;         // (rows, Columns)
  void operator()(index_t i) const {
    Scalar sum[Columns];
    for (index_t j = 0; j < Columns; ++j) sum[j] = sums[i * Columns + j];
    for (index_t k = 0; k < Depth; ++k) {
      const Scalar factor = left[i * Depth + k];
      const Scalar* row = right + k * Columns;
      for (index_t j = 0; j < Columns; ++j) sum[j] = math::fma(factor, row[j], sum[j]);
    }
    for (index_t j = 0; j < Columns; ++j) sums[i * Columns + j] = sum[j];
  }
};

/// c = alpha op(a) op(b) + beta c for host memory: a functor whose call i computes tile i of c. Both operands
/// are packed piece by piece into arrays on the stack, so that transposes and strides cost nothing inside;
/// every element is summed over k in ascending order, the same bits for any threads. Where beta is 0, c is
/// not read.
template <typename Scalar>
class TiledProduct {
 public:
  static constexpr index_t tile_rows = 32;
  static constexpr index_t tile_columns = 32;
  static constexpr index_t depth = 64;

  TiledProduct(Transpose transpose_a, Transpose transpose_b, Scalar alpha, MatrixView<const Scalar> a,
               MatrixView<const Scalar> b, Scalar beta, MatrixView<Scalar> c)
      : a_(oriented(transpose_a, a)), b_(oriented(transpose_b, b)), c_(c), alpha_(alpha), beta_(beta) {}

  index_t tiles() const { return tiles_down() * tiles_across(); }
  index_t work_per_tile() const { return tile_rows * tile_columns * std::max<index_t>(1, a_.columns / 8); }

  void operator()(index_t tile) const {
    Scalar left[tile_rows * depth];
    Scalar right[depth * tile_columns];
    Scalar sums[tile_rows * tile_columns] = {};
    const index_t top = tile / tiles_across() * tile_rows;
    const index_t first = tile % tiles_across() * tile_columns;
    const index_t rows = (std::min)(tile_rows, c_.extent(0) - top);
    const index_t columns = (std::min)(tile_columns, c_.extent(1) - first);
    for (index_t k = 0; k < a_.columns; k += depth) {
      const index_t count = (std::min)(depth, a_.columns - k);
      pack(a_, top, rows, k, count, left, tile_rows, depth);
      pack(b_, k, count, first, columns, right, depth, tile_columns);
      loop_with(form_, TileRow<Scalar, tile_columns, depth>{left, right, sums}, 0, rows);
    }
    for (index_t i = 0; i < rows; ++i) {
      Scalar* out = c_.row(top + i) + first;
      for (index_t j = 0; j < columns; ++j) {
        const Scalar value = alpha_ * sums[i * tile_columns + j];
        out[j] = beta_ == Scalar{0} ? value : math::fma(beta_, out[j], value);
      }
    }
  }

 private:
  /// op(x) with its two strides.
  struct Oriented {
    const Scalar* data;
    index_t rows, columns;
    index_t row_stride, column_stride;
  };
  static Oriented oriented(Transpose transpose, const MatrixView<const Scalar>& x) {
    if (transpose == Transpose::yes) return {x.data(), x.extent(1), x.extent(0), 1, x.stride(0)};
    return {x.data(), x.extent(0), x.extent(1), x.stride(0), 1};
  }
  index_t tiles_down() const { return (c_.extent(0) + tile_rows - 1) / tile_rows; }
  index_t tiles_across() const { return (c_.extent(1) + tile_columns - 1) / tile_columns; }

  /// A block of x into (packed_rows, width), zeros where the block ends.
  static void pack(const Oriented& x, index_t top, index_t rows, index_t first, index_t columns,
                   Scalar* packed, index_t packed_rows, index_t width) {
    for (index_t i = 0; i < (std::min)(packed_rows, rows); ++i) {
      const Scalar* from = x.data + (top + i) * x.row_stride + first * x.column_stride;
      Scalar* to = packed + i * width;
      for (index_t j = 0; j < columns; ++j) to[j] = from[j * x.column_stride];
      for (index_t j = columns; j < width; ++j) to[j] = 0;
    }
    for (index_t i = rows; i < packed_rows; ++i) std::fill_n(packed + i * width, width, Scalar{0});
  }

  Oriented a_;  // (M, K)
  Oriented b_;  // (K, N)
  MatrixView<Scalar> c_;
  Scalar alpha_;
  Scalar beta_;
  InstructionSet form_ = best_instruction_set();
};

}  // namespace flashvideo::thrust_detail
