// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/backend/cpu/gemm_serial.hpp"
#include "flashvideo/core/thread_pool.hpp"
#include "flashvideo/tensor/tensor_view.hpp"

namespace flashvideo::cpu_detail {

/// Multiply-adds worth a second thread, about 10 us.
inline constexpr double smallest_parallel_work = 1e6;

/// Cuts c (m, n) along its larger extent and calls body(rows begin, rows, columns begin, columns) for the
/// pieces, side by side. Each piece packs for itself, so a thread gets more than one only if they keep
/// `smallest_piece` rows or columns.
template <typename Body>
void for_gemm_pieces(ThreadPool& pool, index_t m, index_t n, index_t inner, index_t smallest_piece,
                     const Body& body) {
  const index_t extent = (std::max)(m, n);
  const double work = static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(inner);
  const index_t threads = pool.size();
  if (threads == 1 || work < smallest_parallel_work) return body(index_t{0}, m, index_t{0}, n);
  const index_t pieces = threads * std::clamp<index_t>(extent / (smallest_piece * threads), 1, 4);
  const index_t grain = even_part(extent, (extent + pieces - 1) / pieces, 48);
  pool.parallel_for(extent, grain, [&](index_t begin, index_t end) {
    if (m >= n) {
      body(begin, end - begin, index_t{0}, n);
    } else {
      body(index_t{0}, m, begin, end - begin);
    }
  });
}

/// Rows [begin, begin + count) of op(x), as a view of x.
template <typename Scalar>
MatrixView<const Scalar> operand_rows(Transpose transpose, MatrixView<const Scalar> x, index_t begin,
                                      index_t count) {
  return transpose == Transpose::yes ? x.columns(begin, count) : x.rows(begin, count);
}
/// Columns [begin, begin + count) of op(x), as a view of x.
template <typename Scalar>
MatrixView<const Scalar> operand_columns(Transpose transpose, MatrixView<const Scalar> x, index_t begin,
                                         index_t count) {
  return transpose == Transpose::yes ? x.rows(begin, count) : x.columns(begin, count);
}

}  // namespace flashvideo::cpu_detail
