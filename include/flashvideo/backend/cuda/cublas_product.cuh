// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/backend/cuda/check.cuh"

namespace flashvideo::cuda_detail {

/// c = alpha op(a) op(b) + beta c by cuBLAS, which reads matrices column by column: our row-major c is its
/// c^T = op(b)^T op(a)^T, so the operands change places and nothing is copied.
template <typename Scalar>
void cublas_product(cublasHandle_t handle, Transpose transpose_a, Transpose transpose_b, Scalar alpha,
                    MatrixView<const Scalar> a, MatrixView<const Scalar> b, Scalar beta,
                    MatrixView<Scalar> c) {
  static_assert(std::is_same_v<Scalar, float> || std::is_same_v<Scalar, double>,
                "flashvideo::Cuda: gemm is for float and double.");
  const auto operation = [](Transpose t) { return t == Transpose::yes ? CUBLAS_OP_T : CUBLAS_OP_N; };
  const auto leading = [](const auto& x) { return (std::max)({index_t{1}, x.stride(0), x.extent(1)}); };
  const index_t m = c.extent(0);
  const index_t n = c.extent(1);
  const index_t k = a.extent(transpose_a == Transpose::yes ? 0 : 1);
  cublasStatus_t status{};
  if constexpr (std::is_same_v<Scalar, float>) {
    status = cublasSgemm_64(handle, operation(transpose_b), operation(transpose_a), n, m, k, &alpha, b.data(),
                            leading(b), a.data(), leading(a), &beta, c.data(), leading(c));
  } else {
    status = cublasDgemm_64(handle, operation(transpose_b), operation(transpose_a), n, m, k, &alpha, b.data(),
                            leading(b), a.data(), leading(a), &beta, c.data(), leading(c));
  }
  check_cublas(status, "Thrust::gemm");
}

}  // namespace flashvideo::cuda_detail
