// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include "flashvideo/backend/cpu/eigen_products.hpp"
#include "flashvideo/core/cpu_features.hpp"
#include "flashvideo/core/thread_pool.hpp"

namespace flashvideo {

/// Matrix products of training.
struct NativeProducts {
  template <typename Scalar>
  static void gemm(ThreadPool& pool, InstructionSet, Transpose transpose_a, Transpose transpose_b,
                   Scalar alpha, MatrixView<const Scalar> a, MatrixView<const Scalar> b, Scalar beta,
                   MatrixView<Scalar> c) {
    // rows of c are split over threads
    const index_t rows = c.extent(0);
    const index_t grain = (rows + pool.size() - 1) / pool.size();
    pool.parallel_for(rows, grain, [&](index_t begin, index_t end) {
      const auto part =
          transpose_a == Transpose::no ? a.rows(begin, end - begin) : a.columns(begin, end - begin);
      EigenProducts::gemm(transpose_a, transpose_b, alpha, part, b, beta, c.rows(begin, end - begin));
    });
  }
};

}  // namespace flashvideo
