// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <type_traits>

#include "flashvideo/backend/cpu/amx.hpp"
#include "flashvideo/backend/cpu/bfloat16_dot.hpp"
#include "flashvideo/backend/cpu/bfloat16_gemm.hpp"
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/backend/cpu/gemm_pieces.hpp"
#include "flashvideo/backend/cpu/gemm_serial.hpp"
#include "flashvideo/backend/cpu/native_products.hpp"
#include "flashvideo/backend/cpu/scratch.hpp"
#include "flashvideo/backend/product.hpp"
#include "flashvideo/core/thread_pool.hpp"

namespace flashvideo {

namespace cpu_detail {

/// A dense copy of x with every element rounded to bfloat16.
inline MatrixView<const float> rounded_copy(MatrixView<const float> x, float* to) {
  for (index_t i = 0; i < x.extent(0); ++i) {
    for (index_t j = 0; j < x.extent(1); ++j) to[i * x.extent(1) + j] = round_to_bfloat16(x.row(i)[j]);
  }
  return {to, x.shape()};
}

/// c = alpha op(a) op(b) + beta c with a and b rounded to bfloat16 and sums in float, on the calling thread;
/// may be called from inside a pool's body. Where form is avx512 and the machine has them: AMX tiles, else
/// VDPBF16PS, both of which take denormal numbers as zero; else the float kernels on rounded copies. double
/// is not rounded.
template <typename Scalar>
void mixed_gemm_serial(InstructionSet form, Transpose transpose_a, Transpose transpose_b, Scalar alpha,
                       MatrixView<const Scalar> a, MatrixView<const Scalar> b, Scalar beta,
                       MatrixView<Scalar> c) {
  if (a.size() == 0 || b.size() == 0 || !std::is_same_v<Scalar, float>) {
    return gemm_serial(form, transpose_a, transpose_b, alpha, a, b, beta, c);
  }
  if constexpr (std::is_same_v<Scalar, float>) {
#if FLASHVIDEO_AMX
    if (form == InstructionSet::avx512 && amx_available()) {
      return bfloat16_gemm<AmxBlocks>(transpose_a, transpose_b, alpha, a, b, beta, c);
    }
#endif
#if FLASHVIDEO_BFLOAT16
    if (form == InstructionSet::avx512 && has_bfloat16_products()) {
      return bfloat16_gemm<DotBlocks>(transpose_a, transpose_b, alpha, a, b, beta, c);
    }
#endif
    const auto left = rounded_copy(a, ThreadScratch<MixedLeftSlot>::take<float>(a.size()));
    const auto right = rounded_copy(b, ThreadScratch<MixedRightSlot>::take<float>(b.size()));
    gemm_serial(form, transpose_a, transpose_b, alpha, left, right, beta, c);
  }
}

}  // namespace cpu_detail

/// Matrix products of mixed-precision training: operands rounded to bfloat16 (nearest even), sums in float.
/// The result does not depend on the number of threads. double is computed unrounded by `NativeProducts`'
/// kernels.
/// @code MixedCpu cpu(2); cpu.gemm(Transpose::no, Transpose::yes, 1.0F, x, w, 0.0F, y); @endcode
struct MixedProducts {
  /// c = alpha op(a) op(b) + beta c; shapes are checked by the caller; beta 0 ignores what c holds.
  template <typename Scalar>
  static void gemm(ThreadPool& pool, InstructionSet form, Transpose transpose_a, Transpose transpose_b,
                   Scalar alpha, MatrixView<const Scalar> a, MatrixView<const Scalar> b, Scalar beta,
                   MatrixView<Scalar> c) {
    constexpr index_t smallest_piece = 1024;
    const index_t inner = a.extent(transpose_a == Transpose::yes ? 0 : 1);
    cpu_detail::for_gemm_pieces(pool, c.extent(0), c.extent(1), inner, smallest_piece,
                                [&](index_t row, index_t rows, index_t column, index_t columns) {
                                  cpu_detail::mixed_gemm_serial(
                                      form, transpose_a, transpose_b, alpha,
                                      cpu_detail::operand_rows(transpose_a, a, row, rows),
                                      cpu_detail::operand_columns(transpose_b, b, column, columns), beta,
                                      c.rows(row, rows).columns(column, columns));
                                });
  }

  /// The same on the calling thread, for the small products inside retention and attention.
  template <typename Scalar>
  static void gemm_serial(InstructionSet form, Transpose transpose_a, Transpose transpose_b, Scalar alpha,
                          MatrixView<const Scalar> a, MatrixView<const Scalar> b, Scalar beta,
                          MatrixView<Scalar> c) {
    cpu_detail::mixed_gemm_serial(form, transpose_a, transpose_b, alpha, a, b, beta, c);
  }
};

/// The host backend of mixed-precision training.
using MixedCpu = BasicCpu<MixedProducts>;

/// y (R, M) = x (R, K) w^T with nothing rounded (see backend/product.hpp).
template <typename Scalar>
void product(const MixedCpu& backend, UnroundedProduct, MatrixView<const Scalar> x,
             std::type_identity_t<MatrixView<const Scalar>> w, std::type_identity_t<MatrixView<Scalar>> y) {
  NativeProducts::gemm(backend.pool(), backend.form(), Transpose::no, Transpose::yes, Scalar{1}, x, w,
                       Scalar{0}, y);
}

/// What a bfloat16 leaves of a number (see backend/product.hpp).
inline float rounding_rest(const MixedCpu&, float value) {
  return value - cpu_detail::round_to_bfloat16(value);
}

}  // namespace flashvideo
