// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>

#include "flashvideo/backend/backend.hpp"

namespace flashvideo {

/// Which of the two products a row-wise layer uses (DESIGN 3): `gemm` for training, `rows` for generation.
struct GemmProduct {};
struct RowsProduct {};

/// y (R, M) = x (R, K) w^T, w (M, K).
template <ComputeBackend Backend, typename Scalar>
void product(const Backend& backend, GemmProduct, MatrixView<const Scalar> x,
             std::type_identity_t<MatrixView<const Scalar>> w, std::type_identity_t<MatrixView<Scalar>> y) {
  backend.gemm(Transpose::no, Transpose::yes, Scalar{1}, x, w, Scalar{0}, y);
}
template <ComputeBackend Backend, typename Scalar>
void product(const Backend& backend, RowsProduct, MatrixView<const Scalar> x,
             std::type_identity_t<MatrixView<const Scalar>> w, std::type_identity_t<MatrixView<Scalar>> y) {
  backend.rows(x, w, y);
}

}  // namespace flashvideo
