// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/backend/cpu/gemm_serial.hpp"
#include "flashvideo/core/clones.hpp"
#include "flashvideo/core/math.hpp"
#include "flashvideo/tensor/tensor_view.hpp"

namespace flashvideo::cpu_detail {

/// c = alpha op(a) op(b) + beta c on the calling thread: `Products::gemm_serial` where the kind of products
/// has its own (lower precision, say), else the library's.
template <typename Products, typename Scalar>
void serial_product(InstructionSet form, Transpose transpose_a, Transpose transpose_b, Scalar alpha,
                    std::type_identity_t<MatrixView<const Scalar>> a,
                    std::type_identity_t<MatrixView<const Scalar>> b, std::type_identity_t<Scalar> beta,
                    std::type_identity_t<MatrixView<Scalar>> c) {
  if constexpr (requires { Products::gemm_serial(form, transpose_a, transpose_b, alpha, a, b, beta, c); }) {
    Products::gemm_serial(form, transpose_a, transpose_b, alpha, a, b, beta, c);
  } else {
    gemm_serial<Scalar>(form, transpose_a, transpose_b, alpha, a, b, beta, c);
  }
}

/// to(r, :) = factors[step r] from(r, :).
template <typename Scalar>
struct ScaledRows {
  MatrixView<const Scalar> from;
  const Scalar* factors;
  index_t step;  // 1 or -1 along ascending or descending powers, 0 for one factor
  MatrixView<Scalar> to;
  void operator()(index_t r) const {
    const Scalar factor = factors[step * r];
    const Scalar* source = from.row(r);
    Scalar* out = to.row(r);
    for (index_t c = 0; c < to.extent(1); ++c) out[c] = factor * source[c];
  }
};

/// a(r, j) *= gamma^(first + r - j) for j <= first + r, 0 above: A = P o D for a block of rows.
template <typename Scalar>
struct CausalDecay {
  MatrixView<Scalar> a;      // (rows, first + rows)
  const Scalar* descending;  // descending[t] = gamma^(longest - t)
  index_t longest;
  index_t first;  // chunk row of block row 0
  void operator()(index_t r) const {
    const index_t i = first + r;
    Scalar* row = a.row(r);
    const Scalar* powers = descending + (longest - i);
    for (index_t j = 0; j <= i; ++j) row[j] = row[j] * powers[j];
    for (index_t j = i + 1; j < a.extent(1); ++j) row[j] = 0;
  }
};

/// Rows of scores that are computed together: what lies right of the block's last row is never touched.
inline constexpr index_t score_rows = 64;

}  // namespace flashvideo::cpu_detail
