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
/// By `gemm`, or by what a backend whose `gemm` rounds its operands has in its place that does not.
struct UnroundedProduct {};
/// By `gemm`, and where that rounds its operands by a second one with what the rounding took from the weights: for
/// numbers that are compared with those of other programs.
struct RefinedProduct {
  index_t to_rest = 0;  ///< elements from a weight to its `rounding_rest`; 0: there are none
};

/// What `gemm` of the backend takes from a number by rounding it.
template <ComputeBackend Backend>
float rounding_rest(const Backend&, float) {
  return 0;
}

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

/// The same with both operands as they are; MixedCpu has its own.
template <ComputeBackend Backend, typename Scalar>
void product(const Backend& backend, UnroundedProduct, MatrixView<const Scalar> x,
             std::type_identity_t<MatrixView<const Scalar>> w, std::type_identity_t<MatrixView<Scalar>> y) {
  product(backend, GemmProduct{}, x, w, y);
}
/// The same with weights of twice as many digits.
template <ComputeBackend Backend, typename Scalar>
void product(const Backend& backend, RefinedProduct kind, MatrixView<const Scalar> x,
             std::type_identity_t<MatrixView<const Scalar>> w, std::type_identity_t<MatrixView<Scalar>> y) {
  product(backend, GemmProduct{}, x, w, y);
  if (kind.to_rest == 0) return;
  const MatrixView<const Scalar> rest(w.data() + kind.to_rest, w.shape());
  backend.gemm(Transpose::no, Transpose::yes, Scalar{1}, x, rest, Scalar{1}, y);
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
