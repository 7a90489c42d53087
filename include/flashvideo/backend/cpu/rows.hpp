// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <type_traits>

#include "flashvideo/backend/canonical_sum.hpp"
#include "flashvideo/backend/cpu/rows_kernels.hpp"
#include "flashvideo/core/clones.hpp"
#include "flashvideo/core/thread_pool.hpp"
#include "flashvideo/tensor/tensor_view.hpp"

namespace flashvideo::cpu_detail {

/// A block by the formula, element after element, in the given form.
template <typename Scalar, typename Weight>
void rows_elements(InstructionSet form, const RowsBlock<Scalar, Weight>& block) {
  const RowsElement<Scalar, Weight> element{block.x, block.x_stride, block.w,       block.w_stride,
                                            block.y, block.y_stride, block.outputs, block.inner};
  loop_with(form, element, 0, block.rows * block.outputs);
}

#if FLASHVIDEO_X86
/// Rows and outputs of a form's register tile.
struct RowsTileExtents {
  index_t rows;
  index_t outputs;
};
inline RowsTileExtents rows_tile_extents(InstructionSet form) {
  return form == InstructionSet::avx512 ? RowsTileExtents{6, 4} : RowsTileExtents{3, 2};
}

/// One tile of at most rows_tile_extents(form).rows.
inline void run_rows_tile(InstructionSet form, index_t rows, const RowsTile& tile, const WeightsInRows& w) {
  const bool wide = form == InstructionSet::avx512;
  switch (rows) {
    case 1:
      return wide ? rows_tile_avx512(tile, w, std::make_index_sequence<1>{})
                  : rows_tile_avx2(tile, w, std::make_index_sequence<1>{});
    case 2:
      return wide ? rows_tile_avx512(tile, w, std::make_index_sequence<2>{})
                  : rows_tile_avx2(tile, w, std::make_index_sequence<2>{});
    case 3:
      return wide ? rows_tile_avx512(tile, w, std::make_index_sequence<3>{})
                  : rows_tile_avx2(tile, w, std::make_index_sequence<3>{});
    case 4:
      return rows_tile_avx512(tile, w, std::make_index_sequence<4>{});
    case 5:
      return rows_tile_avx512(tile, w, std::make_index_sequence<5>{});
    default:
      return rows_tile_avx512(tile, w, std::make_index_sequence<6>{});
  }
}

/// A block in register tiles: the weights of one tile stay in the first-level cache while all rows pass.
inline void rows_block(InstructionSet form, const RowsBlock<float, float>& block) {
  if (form == InstructionSet::baseline) return rows_elements(form, block);
  const RowsTileExtents most = rows_tile_extents(form);
  const index_t whole = block.outputs - block.outputs % most.outputs;
  for (index_t m = 0; m < whole; m += most.outputs) {
    const WeightsInRows w{block.w + m * block.w_stride, block.w_stride};
    for (index_t r = 0; r < block.rows; r += most.rows) {
      run_rows_tile(form, (std::min)(most.rows, block.rows - r),
                    {block.x + r * block.x_stride, block.x_stride, block.inner,
                     block.y + r * block.y_stride + m, block.y_stride},
                    w);
    }
  }
  if (whole == block.outputs) return;
  RowsBlock<float, float> rest = block;
  rest.w += whole * block.w_stride;
  rest.y += whole;
  rest.outputs = block.outputs - whole;
  rows_elements(form, rest);
}
#endif

/// Any other pair of types.
template <typename Scalar, typename Weight>
void rows_block(InstructionSet form, const RowsBlock<Scalar, Weight>& block) {
  rows_elements(form, block);
}

/// y (R, M) = x (R, K) w^T, w (M, K), each element in the canonical order (backend/canonical_sum.hpp): the
/// same bits in every form, for any number of rows and threads. Reads w once when R is small, so one row
/// costs what reading w costs.
/// @tparam Scalar float (register tiles) or double
/// @tparam Weight type in which w is stored
template <typename Scalar, typename Weight>
void cpu_rows(ThreadPool& pool, InstructionSet form, MatrixView<const Scalar> x, MatrixView<const Weight> w,
              MatrixView<Scalar> y) {
  constexpr index_t smallest_work = 32768;  // multiply-adds worth a hand-over
  constexpr index_t unit = 12;              // a multiple of every tile's rows and outputs
  const index_t rows = y.extent(0);
  const index_t outputs = y.extent(1);
  const index_t inner = w.extent(1);
  const bool by_outputs = outputs >= rows;
  const index_t across = by_outputs ? rows : outputs;
  const index_t work = std::max<index_t>(1, across * inner * unit);
  const index_t grain = unit * ((smallest_work + work - 1) / work);
  pool.parallel_for(by_outputs ? outputs : rows, grain, [&](index_t begin, index_t end) {
    RowsBlock<Scalar, Weight> block{x.data(),    x.stride(0), w.data(), w.stride(0), y.data(),
                                    y.stride(0), rows,        outputs,  inner};
    if (by_outputs) {
      block.w += begin * block.w_stride;
      block.y += begin;
      block.outputs = end - begin;
    } else {
      block.x += begin * block.x_stride;
      block.y += begin * block.y_stride;
      block.rows = end - begin;
    }
    rows_block(form, block);
  });
}

}  // namespace flashvideo::cpu_detail
