// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <type_traits>

#include "flashvideo/backend/cpu/amx.hpp"
#include "flashvideo/backend/cpu/amx_pack.hpp"
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/backend/cpu/gemm_pieces.hpp"
#include "flashvideo/backend/cpu/gemm_serial.hpp"
#include "flashvideo/backend/cpu/scratch.hpp"
#include "flashvideo/core/thread_pool.hpp"

namespace flashvideo {

namespace detail {

struct MixedLeftSlot {};
struct MixedRightSlot {};

/// x rounded to the nearest bfloat16, ties to even.
inline float round_to_bfloat16(float x) {
  const auto bits = __builtin_bit_cast(std::uint32_t, x);
  if ((bits & 0x7FFFFFFFU) > 0x7F800000U) return x;  // a NaN stays one
  return __builtin_bit_cast(float, (bits + 0x7FFFU + (bits >> 16 & 1U)) & 0xFFFF0000U);
}

/// A dense copy of x with every element rounded to bfloat16.
inline MatrixView<const float> rounded_copy(MatrixView<const float> x, float* to) {
  for (index_t i = 0; i < x.extent(0); ++i) {
    for (index_t j = 0; j < x.extent(1); ++j) to[i * x.extent(1) + j] = round_to_bfloat16(x.row(i)[j]);
  }
  return {to, x.shape()};
}

#if FLASHVIDEO_AMX
/// The product in AMX tiles. Packed operands stay in the second-level cache; each sum runs over k in
/// ascending order, in parts that depend on k's extent alone.
FLASHVIDEO_AMX_TARGET inline void amx_gemm(Transpose transpose_a, Transpose transpose_b, float alpha,
                                           MatrixView<const float> a, MatrixView<const float> b, float beta,
                                           MatrixView<float> c) {
  const bool across_a = transpose_a == Transpose::yes;  // a (inner, m)
  const bool across_b = transpose_b == Transpose::no;   // b (inner, n)
  const index_t m = c.extent(0);
  const index_t n = c.extent(1);
  const index_t inner = a.extent(across_a ? 0 : 1);
  const index_t inner_part = even_part(inner, 768, amx_inner);
  const index_t column_part = even_part(n, 768, 2 * amx_rows);
  const index_t row_part = even_part(m, 128, 2 * amx_rows);
  auto* right = ThreadScratch<MixedRightSlot>::take<bfloat16_bits>(inner_part * column_part);
  auto* left = ThreadScratch<MixedLeftSlot>::take<bfloat16_bits>(inner_part * row_part);
  alignas(64) float sum[4 * amx_rows * amx_rows];
  const AmxTiles on;
  for (index_t j0 = 0; j0 < n; j0 += column_part) {
    const index_t columns = std::min(column_part, n - j0);
    for (index_t k0 = 0; k0 < inner; k0 += inner_part) {
      const index_t depth = std::min(inner_part, inner - k0);
      const index_t tiles = (depth + amx_inner - 1) / amx_inner;
      const float rest = k0 == 0 ? beta : 1.0F;
      const bool plain = alpha == 1.0F && (rest == 0.0F || rest == 1.0F);
      if (across_b) {
        amx_pack<false, true>(b.row(k0) + j0, b.stride(0), columns, depth, right);
      } else {
        amx_pack<true, true>(b.row(j0) + k0, b.stride(0), columns, depth, right);
      }
      for (index_t i0 = 0; i0 < m; i0 += row_part) {
        const index_t rows = std::min(row_part, m - i0);
        if (across_a) {
          amx_pack<false, false>(a.row(k0) + i0, a.stride(0), rows, depth, left);
        } else {
          amx_pack<true, false>(a.row(i0) + k0, a.stride(0), rows, depth, left);
        }
        for (index_t j = 0; j < columns; j += 2 * amx_rows) {
          const bfloat16_bits* right_tiles = right + j * tiles * amx_inner;
          const index_t width = std::min(2 * amx_rows, columns - j);
          for (index_t i = 0; i < rows; i += 2 * amx_rows) {
            const bfloat16_bits* left_tiles = left + i * tiles * amx_inner;
            const index_t height = std::min(2 * amx_rows, rows - i);
            float* to = c.row(i0 + i) + j0 + j;
            const bool direct = plain && height % amx_rows == 0 && width % amx_rows == 0;
            float* const target = direct ? to : sum;
            const index_t stride = direct ? c.stride(0) : 2 * amx_rows;
            const bool accumulate = direct && rest == 1.0F;
            if (height > amx_rows) {
              if (width > amx_rows) {
                amx_block<2, 2>(left_tiles, right_tiles, tiles, target, stride, accumulate);
              } else {
                amx_block<2, 1>(left_tiles, right_tiles, tiles, target, stride, accumulate);
              }
            } else if (width > amx_rows) {
              amx_block<1, 2>(left_tiles, right_tiles, tiles, target, stride, accumulate);
            } else {
              amx_block<1, 1>(left_tiles, right_tiles, tiles, target, stride, accumulate);
            }
            if (!direct) amx_merge(sum, height, width, alpha, rest, to, c.stride(0));
          }
        }
      }
    }
  }
}
#endif

/// c = alpha op(a) op(b) + beta c with a and b rounded to bfloat16 and sums in float, on the calling thread;
/// may be called from inside a pool's body. AMX tiles where the machine has them and form is avx512, else the
/// float kernels on rounded copies; double is not rounded. AMX takes denormal numbers as zero.
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
      return amx_gemm(transpose_a, transpose_b, alpha, a, b, beta, c);
    }
#endif
    const auto left = rounded_copy(a, ThreadScratch<MixedLeftSlot>::take<float>(a.size()));
    const auto right = rounded_copy(b, ThreadScratch<MixedRightSlot>::take<float>(b.size()));
    gemm_serial(form, transpose_a, transpose_b, alpha, left, right, beta, c);
  }
}

}  // namespace detail

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
    detail::for_gemm_pieces(pool, c.extent(0), c.extent(1), inner, smallest_piece,
                            [&](index_t row, index_t rows, index_t column, index_t columns) {
                              detail::mixed_gemm_serial(
                                  form, transpose_a, transpose_b, alpha,
                                  detail::operand_rows(transpose_a, a, row, rows),
                                  detail::operand_columns(transpose_b, b, column, columns), beta,
                                  c.rows(row, rows).columns(column, columns));
                            });
  }
};

/// The host backend of mixed-precision training.
using MixedCpu = BasicCpu<MixedProducts>;

}  // namespace flashvideo
