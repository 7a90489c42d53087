// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/backend/cpu/gemm_serial.hpp"
#include "flashvideo/core/thread_pool.hpp"
#include "flashvideo/tensor/tensor_view.hpp"

namespace flashvideo::detail {

/// Cuts c (m, n) along its larger extent and calls body(rows begin, rows, columns begin, columns) for the
/// pieces, side by side; each piece packs for itself, so pieces stay large.
template <typename Body>
void for_gemm_pieces(ThreadPool& pool, index_t m, index_t n, index_t inner, double smallest_work,
                     const Body& body) {
  const index_t extent = std::max(m, n);
  const double work = static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(inner);
  const index_t threads = pool.size();
  if (threads == 1 || work < smallest_work) return body(index_t{0}, m, index_t{0}, n);
  const index_t pieces = threads * std::clamp<index_t>(extent / (256 * threads), 1, 4);
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

}  // namespace flashvideo::detail
