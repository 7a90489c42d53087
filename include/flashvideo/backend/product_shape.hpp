// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/core/error.hpp"

namespace flashvideo {

/// The extents of a product c = op(a) op(b) fit each other.
/// @param verb who multiplies, as in "Cpu::gemm"
/// @throws shape_error naming it and the extents
template <typename Scalar>
void check_product_shape(const char* verb, Transpose transpose_a, Transpose transpose_b,
                         const MatrixView<const Scalar>& a, const MatrixView<const Scalar>& b,
                         const MatrixView<Scalar>& c) {
  const index_t m = a.extent(transpose_a == Transpose::yes ? 1 : 0);
  const index_t k = a.extent(transpose_a == Transpose::yes ? 0 : 1);
  const index_t k_b = b.extent(transpose_b == Transpose::yes ? 1 : 0);
  const index_t n = b.extent(transpose_b == Transpose::yes ? 0 : 1);
  require<shape_error>(k == k_b && c.extent(0) == m && c.extent(1) == n,
                       "{}: ({}, {}) times ({}, {}) does not give ({}, {})", verb, m, k, k_b, n, c.extent(0),
                       c.extent(1));
}

}  // namespace flashvideo
