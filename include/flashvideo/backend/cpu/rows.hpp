// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/backend/canonical_sum.hpp"
#include "flashvideo/backend/cpu/clones.hpp"
#include "flashvideo/core/thread_pool.hpp"
#include "flashvideo/tensor/tensor_view.hpp"

namespace flashvideo::detail {

/// y (R, M) = x (R, K) w^T, w (M, K), each element in the canonical order.
template <typename Scalar>
void cpu_rows(ThreadPool& pool, InstructionSet form, MatrixView<const Scalar> x, MatrixView<const Scalar> w,
              MatrixView<Scalar> y) {
  const RowsElement<Scalar, Scalar> element{x.data(), x.stride(0), w.data(),    w.stride(0),
                                            y.data(), y.stride(0), w.extent(0), w.extent(1)};
  pool.parallel_for(y.size(), 16, [&](index_t begin, index_t end) { loop(form, element, begin, end); });
}

}  // namespace flashvideo::detail
