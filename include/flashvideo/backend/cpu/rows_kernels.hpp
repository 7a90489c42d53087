// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <utility>

#include "flashvideo/backend/canonical_sum.hpp"
#include "flashvideo/backend/cpu/vectors.hpp"
#include "flashvideo/core/config.hpp"
#include "flashvideo/core/cpu_features.hpp"
#include "flashvideo/core/math.hpp"

namespace flashvideo::detail {

/// A block of y = x w^T: `rows` rows of x against `outputs` rows of w, each element in the canonical order.
template <typename Scalar, typename Weight>
struct RowsBlock {
  const Scalar* x;  // (rows, inner)
  index_t x_stride;
  const Weight* w;  // (outputs, inner)
  index_t w_stride;
  Scalar* y;  // (rows, outputs)
  index_t y_stride;
  index_t rows;
  index_t outputs;
  index_t inner;
};

#if FLASHVIDEO_X86

/// For the AVX-512 forms.
#define FLASHVIDEO_ROWS_AVX512 FLASHVIDEO_TARGET("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")
/// For the AVX2 forms.
#define FLASHVIDEO_ROWS_AVX2 FLASHVIDEO_TARGET("avx2,fma")

using Vector4 = VectorOf<float, 16>::type;
using Vector8 = VectorOf<float, 32>::type;
using Vector16 = VectorOf<float, 64>::type;
using Loose4 = VectorOf<float, 16>::loose;
using Loose8 = VectorOf<float, 32>::loose;
using Loose16 = VectorOf<float, 64>::loose;

/// Sixteen fused multiply-adds. (`all` is a parameter because the compilers disagree on the builtin's sign.)
FLASHVIDEO_ROWS_AVX512 inline Vector16 fma16(Vector16 a, Vector16 b, Vector16 c, std::uint16_t all = 0xFFFF) {
  return __builtin_ia32_vfmaddps512_mask(a, b, c, all, 4);
}
/// The same in the given lanes of c alone.
FLASHVIDEO_ROWS_AVX512 inline Vector16 fma16_some(Vector16 a, Vector16 b, Vector16 c, std::uint16_t lanes) {
  return __builtin_ia32_vfmaddps512_mask3(a, b, c, lanes, 4);
}
/// The first lanes of a row's end, zeros beyond.
FLASHVIDEO_ROWS_AVX512 inline Vector16 load16(const float* from, std::uint16_t lanes) {
  return __builtin_ia32_loadups512_mask(from, Vector16{}, lanes);
}

/// The canonical trees of four sums at once: element i is the tree of the 16 lanes of s_i.
FLASHVIDEO_ROWS_AVX512 inline Vector4 canonical_trees(Vector16 s0, Vector16 s1, Vector16 s2, Vector16 s3) {
  // lane l + 8 onto lane l: eight lanes of two sums in one register
  const Vector16 s01 =
      __builtin_shufflevector(s0, s1, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) +
      __builtin_shufflevector(s0, s1, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
  const Vector16 s23 =
      __builtin_shufflevector(s2, s3, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) +
      __builtin_shufflevector(s2, s3, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
  // lane l + 4: four lanes of the four sums
  const Vector16 s =
      __builtin_shufflevector(s01, s23, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27) +
      __builtin_shufflevector(s01, s23, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
  // lanes l + 2 and l + 1, within each quarter
  const Vector16 pairs =
      s + __builtin_shufflevector(s, s, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
  const Vector16 ones =
      pairs + __builtin_shufflevector(pairs, pairs, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
  return __builtin_shufflevector(ones, ones, 0, 4, 8, 12);
}

/// Four outputs x R rows in registers; tails of k by masked fma, which leaves the other lanes untouched
/// (-0 + 0 would change them).
template <std::size_t... R>
FLASHVIDEO_ROWS_AVX512 void rows_tile_avx512(const RowsBlock<float, float>& block,
                                             std::index_sequence<R...>) {
  const float* const x[] = {block.x + static_cast<index_t>(R) * block.x_stride...};
  const float* const w0 = block.w;
  const float* const w1 = w0 + block.w_stride;
  const float* const w2 = w1 + block.w_stride;
  const float* const w3 = w2 + block.w_stride;
  Vector16 s0[sizeof...(R)], s1[sizeof...(R)], s2[sizeof...(R)], s3[sizeof...(R)];
  ((s0[R] = s1[R] = s2[R] = s3[R] = Vector16{}), ...);
  const auto whole = [](const float* from) -> const Loose16* {
    return reinterpret_cast<const Loose16*>(from);
  };
  index_t k = 0;
  for (; k + canonical_lanes <= block.inner; k += canonical_lanes) {
    const Vector16 v0 = *whole(w0 + k), v1 = *whole(w1 + k), v2 = *whole(w2 + k), v3 = *whole(w3 + k);
    Vector16 u;
    ((u = *whole(x[R] + k), s0[R] = fma16(u, v0, s0[R]), s1[R] = fma16(u, v1, s1[R]),
      s2[R] = fma16(u, v2, s2[R]), s3[R] = fma16(u, v3, s3[R])),
     ...);
  }
  if (k < block.inner) {
    const auto tail = static_cast<std::uint16_t>((1U << (block.inner - k)) - 1U);
    const Vector16 v0 = load16(w0 + k, tail), v1 = load16(w1 + k, tail);
    const Vector16 v2 = load16(w2 + k, tail), v3 = load16(w3 + k, tail);
    Vector16 u;
    ((u = load16(x[R] + k, tail), s0[R] = fma16_some(u, v0, s0[R], tail),
      s1[R] = fma16_some(u, v1, s1[R], tail), s2[R] = fma16_some(u, v2, s2[R], tail),
      s3[R] = fma16_some(u, v3, s3[R], tail)),
     ...);
  }
  ((*reinterpret_cast<Loose4*>(block.y + static_cast<index_t>(R) * block.y_stride) =
        canonical_trees(s0[R], s1[R], s2[R], s3[R])),
   ...);
}

FLASHVIDEO_ROWS_AVX2 inline Vector8 fma8(Vector8 a, Vector8 b, Vector8 c) {
  return __builtin_ia32_vfmaddps256(a, b, c);
}

/// The canonical tree of eight low and eight high lanes.
FLASHVIDEO_ROWS_AVX2 inline float canonical_tree_of_halves(Vector8 low, Vector8 high) {
  const Vector8 eight = low + high;
  const Vector4 four =
      __builtin_shufflevector(eight, eight, 0, 1, 2, 3) + __builtin_shufflevector(eight, eight, 4, 5, 6, 7);
  return (four[0] + four[2]) + (four[1] + four[3]);
}

/// Two outputs x R rows in registers, two registers for a sum.
template <std::size_t... R>
FLASHVIDEO_ROWS_AVX2 void rows_tile_avx2(const RowsBlock<float, float>& block, std::index_sequence<R...>) {
  const float* const x[] = {block.x + static_cast<index_t>(R) * block.x_stride...};
  const float* const w0 = block.w;
  const float* const w1 = w0 + block.w_stride;
  // low and high eight lanes, for both outputs
  Vector8 low0[sizeof...(R)], high0[sizeof...(R)], low1[sizeof...(R)], high1[sizeof...(R)];
  ((low0[R] = high0[R] = low1[R] = high1[R] = Vector8{}), ...);
  const auto eight = [](const float* from) -> const Loose8* { return reinterpret_cast<const Loose8*>(from); };
  index_t k = 0;
  for (; k + canonical_lanes <= block.inner; k += canonical_lanes) {
    const Vector8 v0 = *eight(w0 + k), v1 = *eight(w1 + k);
    ((low0[R] = fma8(*eight(x[R] + k), v0, low0[R]), low1[R] = fma8(*eight(x[R] + k), v1, low1[R])), ...);
    const Vector8 v2 = *eight(w0 + k + 8), v3 = *eight(w1 + k + 8);
    ((high0[R] = fma8(*eight(x[R] + k + 8), v2, high0[R]),
      high1[R] = fma8(*eight(x[R] + k + 8), v3, high1[R])),
     ...);
  }
  for (index_t lane = 0; k < block.inner; ++k, ++lane) {  // the tail joins one lane after another
    Vector8* const sums0 = lane < 8 ? low0 : high0;
    Vector8* const sums1 = lane < 8 ? low1 : high1;
    ((sums0[R][lane % 8] = math::fma(x[R][k], w0[k], sums0[R][lane % 8]),
      sums1[R][lane % 8] = math::fma(x[R][k], w1[k], sums1[R][lane % 8])),
     ...);
  }
  ((block.y[static_cast<index_t>(R) * block.y_stride] = canonical_tree_of_halves(low0[R], high0[R]),
    block.y[static_cast<index_t>(R) * block.y_stride + 1] = canonical_tree_of_halves(low1[R], high1[R])),
   ...);
}

#endif

}  // namespace flashvideo::detail
