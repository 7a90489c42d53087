// SPDX-License-Identifier: MIT
#pragma once

#include <cblas.h>

#include <type_traits>

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/backend/cpu/gemm_serial.hpp"
#include "flashvideo/core/thread_pool.hpp"

namespace flashvideo {

/// Matrix products of training by the CBLAS that the program is linked with (component Blas), on that
/// library's own threads.
/// @code BlasCpu cpu(2); cpu.gemm(Transpose::no, Transpose::yes, 1.0F, x, w, 0.0F, y); @endcode
struct BlasProducts {
  /// c = alpha op(a) op(b) + beta c; shapes are checked by the caller; beta 0 ignores what c holds.
  /// @tparam Scalar float or double
  template <typename Scalar>
  static void gemm(ThreadPool&, InstructionSet, Transpose transpose_a, Transpose transpose_b, Scalar alpha,
                   MatrixView<const Scalar> a, MatrixView<const Scalar> b, Scalar beta,
                   MatrixView<Scalar> c) {
    static_assert(std::is_same_v<Scalar, float> || std::is_same_v<Scalar, double>,
                  "flashvideo::BlasProducts: Scalar must be float or double.");
    if (c.size() == 0) return;
    if (a.size() == 0) return cpu_detail::scale_matrix(beta, c);
    const auto left = transpose_a == Transpose::yes ? CblasTrans : CblasNoTrans;
    const auto right = transpose_b == Transpose::yes ? CblasTrans : CblasNoTrans;
    const auto inner = static_cast<int>(a.extent(transpose_a == Transpose::yes ? 0 : 1));
    const auto call = [&](auto function) {
      function(CblasRowMajor, left, right, static_cast<int>(c.extent(0)), static_cast<int>(c.extent(1)),
               inner, alpha, a.data(), static_cast<int>(a.stride(0)), b.data(), static_cast<int>(b.stride(0)),
               beta, c.data(), static_cast<int>(c.stride(0)));
    };
    if constexpr (std::is_same_v<Scalar, float>) {
      call(&cblas_sgemm);
    } else {
      call(&cblas_dgemm);
    }
  }
};

/// The host backend with a CBLAS's products.
using BlasCpu = BasicCpu<BlasProducts>;

}  // namespace flashvideo
