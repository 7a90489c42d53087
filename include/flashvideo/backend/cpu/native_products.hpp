// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/backend/cpu/gemm_pieces.hpp"
#include "flashvideo/backend/cpu/gemm_serial.hpp"
#include "flashvideo/core/thread_pool.hpp"

namespace flashvideo {

/// Matrix products of training by the library's own kernels: packed panels, AVX-512, AVX2 or baseline register
/// tiles, the pool's threads on pieces of c. The result does not depend on the number of threads.
struct NativeProducts {
  /// c = alpha op(a) op(b) + beta c; shapes are checked by the caller; beta 0 ignores what c holds.
  /// @tparam Scalar float or double
  template <typename Scalar>
  static void gemm(ThreadPool& pool, InstructionSet form, Transpose transpose_a, Transpose transpose_b,
                   Scalar alpha, MatrixView<const Scalar> a, MatrixView<const Scalar> b, Scalar beta,
                   MatrixView<Scalar> c) {
    constexpr index_t smallest_piece = 256;
    const index_t inner = a.extent(transpose_a == Transpose::yes ? 0 : 1);
    cpu_detail::for_gemm_pieces(pool, c.extent(0), c.extent(1), inner, smallest_piece,
                                [&](index_t row, index_t rows, index_t column, index_t columns) {
                                  cpu_detail::gemm_serial(
                                      form, transpose_a, transpose_b, alpha,
                                      cpu_detail::operand_rows(transpose_a, a, row, rows),
                                      cpu_detail::operand_columns(transpose_b, b, column, columns), beta,
                                      c.rows(row, rows).columns(column, columns));
                                });
  }
};

}  // namespace flashvideo
