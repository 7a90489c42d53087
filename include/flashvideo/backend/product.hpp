// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/backend/verbs.hpp"

namespace flashvideo {

/// A row-wise layer's products by `gemm`, for training.
struct GemmProduct {};
/// And by `rows`, for generation.
struct RowsProduct {};

/// y (R, M) = x (R, K) w^T, w (M, K).
template <ComputeBackend Backend, typename Scalar>
void product(const Backend& backend, GemmProduct, MatrixView<const Scalar> x,
             std::type_identity_t<MatrixView<const Scalar>> w, std::type_identity_t<MatrixView<Scalar>> y) {
  backend.gemm(Transpose::no, Transpose::yes, Scalar{1}, x, w, Scalar{0}, y);
}
/// The same in the canonical order.
template <ComputeBackend Backend, typename Scalar>
void product(const Backend& backend, RowsProduct, MatrixView<const Scalar> x,
             std::type_identity_t<MatrixView<const Scalar>> w, std::type_identity_t<MatrixView<Scalar>> y) {
  backend.rows(x, w, y);
}

/// y (R, M) = x (R, K) w^T in generation, then the epilogue (backend/epilogue.hpp): w as it lies, or packed.
template <ComputeBackend Backend, typename Scalar, typename Epilogue>
void generation_product(const Backend& backend, MatrixView<const Scalar> x,
                        const std::type_identity_t<MatrixView<const Scalar>>& w, MatrixView<Scalar> y,
                        Workspace<Backend>&, const Epilogue& epilogue) {
  backend.rows(x, w, y);
  if constexpr (is_epilogue<Epilogue>) {
    backend.for_each(x.rows(), EpilogueRows<Epilogue>{epilogue, 0, epilogue.width()}, 8 * y.width());
  }
}
/// The same for a packed matrix.
template <ComputeBackend Backend, typename Epilogue>
void generation_product(const Backend& backend, MatrixView<const float> x, const PackedMatrix& w,
                        MatrixView<float> y, Workspace<Backend>& workspace, const Epilogue& epilogue) {
  verbs::packed_rows(backend, x, w, y, workspace, epilogue);
}

}  // namespace flashvideo
