// SPDX-License-Identifier: MIT
#pragma once

// Neither Eigen nor the library's <complex> stands these, X11's and Windows'.
#pragma push_macro("Success")
#pragma push_macro("min")
#pragma push_macro("max")
#undef Success
#undef min
#undef max
#include <Eigen/Core>
#pragma pop_macro("max")
#pragma pop_macro("min")
#pragma pop_macro("Success")

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/core/thread_pool.hpp"

namespace flashvideo {

/// Matrix products by Eigen on the calling thread: a second opinion on `NativeProducts`.
/// @code EigenCpu cpu(1); cpu.gemm(Transpose::no, Transpose::yes, 1.0F, x, w, 0.0F, y); @endcode
struct EigenProducts {
  /// c = alpha op(a) op(b) + beta c; shapes are checked by the caller.
  template <typename Scalar>
  static void gemm(ThreadPool&, InstructionSet, Transpose transpose_a, Transpose transpose_b, Scalar alpha,
                   MatrixView<const Scalar> a, MatrixView<const Scalar> b, Scalar beta,
                   MatrixView<Scalar> c) {
    using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    using ConstMap = Eigen::Map<const Matrix, Eigen::Unaligned, Eigen::OuterStride<>>;
    using Map = Eigen::Map<Matrix, Eigen::Unaligned, Eigen::OuterStride<>>;
    const ConstMap left(a.data(), a.extent(0), a.extent(1), Eigen::OuterStride<>(a.stride(0)));
    const ConstMap right(b.data(), b.extent(0), b.extent(1), Eigen::OuterStride<>(b.stride(0)));
    Map out(c.data(), c.extent(0), c.extent(1), Eigen::OuterStride<>(c.stride(0)));
    if (beta == Scalar{0}) {
      out.setZero();
    } else if (beta != Scalar{1}) {
      out *= beta;
    }
    if (transpose_a == Transpose::no) {
      if (transpose_b == Transpose::no) {
        out.noalias() += alpha * (left * right);
      } else {
        out.noalias() += alpha * (left * right.transpose());
      }
    } else if (transpose_b == Transpose::no) {
      out.noalias() += alpha * (left.transpose() * right);
    } else {
      out.noalias() += alpha * (left.transpose() * right.transpose());
    }
  }
};

/// The host backend with Eigen's products.
using EigenCpu = BasicCpu<EigenProducts>;

}  // namespace flashvideo
