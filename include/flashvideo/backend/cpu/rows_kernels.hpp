// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <utility>

#include "flashvideo/backend/canonical_sum.hpp"
#include "flashvideo/backend/cpu/vectors.hpp"
#include "flashvideo/core/config.hpp"
#include "flashvideo/core/cpu_features.hpp"
#include "flashvideo/core/math.hpp"

namespace flashvideo::cpu_detail {

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

/// What a register tile multiplies and where its sums go, but for the weights.
struct RowsTile {
  const float* x;  // (rows, inner)
  index_t x_stride;
  index_t inner;
  float* y;  // (rows, outputs)
  index_t y_stride;
};

/// A source of weights: the rows of a matrix as they lie. `k` is a multiple of what is read.
struct WeightsInRows {
  const float* rows;
  index_t stride;

  const float* at(index_t j, index_t k) const { return rows + j * stride + k; }
  FLASHVIDEO_ROWS_AVX512 FLASHVIDEO_ALWAYS_INLINE Vector16 sixteen(index_t j, index_t k) const {
    return *reinterpret_cast<const Loose16*>(at(j, k));
  }
  FLASHVIDEO_ROWS_AVX512 FLASHVIDEO_ALWAYS_INLINE Vector16 some(index_t j, index_t k,
                                                                std::uint16_t lanes) const {
    return load16(at(j, k), lanes);
  }
  FLASHVIDEO_ROWS_AVX2 FLASHVIDEO_ALWAYS_INLINE Vector8 eight(index_t j, index_t k) const {
    return *reinterpret_cast<const Loose8*>(at(j, k));
  }
};

/// A source of weights: a panel of `Float32Weights` from one of its rows on.
struct WeightsInPanel {
  const float* panel;

  const float* at(index_t j, index_t k) const {
    return panel + k / canonical_lanes * (4 * canonical_lanes) + j * canonical_lanes + k % canonical_lanes;
  }
  FLASHVIDEO_ROWS_AVX512 FLASHVIDEO_ALWAYS_INLINE Vector16 sixteen(index_t j, index_t k) const {
    return *reinterpret_cast<const Vector16*>(panel + 4 * k + j * canonical_lanes);
  }
  FLASHVIDEO_ROWS_AVX512 FLASHVIDEO_ALWAYS_INLINE Vector16 some(index_t j, index_t k, std::uint16_t) const {
    return sixteen(j, k);  // zeros beyond the end
  }
  FLASHVIDEO_ROWS_AVX2 FLASHVIDEO_ALWAYS_INLINE Vector8 eight(index_t j, index_t k) const {
    return *reinterpret_cast<const Vector8*>(at(j, k));
  }
};

/// Four outputs x R rows in registers, each sum in the canonical order; tails of k by masked fma, which leaves
/// the other lanes untouched (-0 + 0 would change them).
template <typename Weights, std::size_t... R>
FLASHVIDEO_ROWS_AVX512 void rows_tile_avx512(const RowsTile& tile, const Weights& w,
                                             std::index_sequence<R...>) {
  const float* const x[] = {tile.x + static_cast<index_t>(R) * tile.x_stride...};
  Vector16 s[4][sizeof...(R)];
  ((s[0][R] = s[1][R] = s[2][R] = s[3][R] = Vector16{}), ...);
  index_t k = 0;
  for (; k + canonical_lanes <= tile.inner; k += canonical_lanes) {
    const Vector16 v0 = w.sixteen(0, k), v1 = w.sixteen(1, k), v2 = w.sixteen(2, k), v3 = w.sixteen(3, k);
    Vector16 u;
    ((u = *reinterpret_cast<const Loose16*>(x[R] + k), s[0][R] = fma16(u, v0, s[0][R]),
      s[1][R] = fma16(u, v1, s[1][R]), s[2][R] = fma16(u, v2, s[2][R]), s[3][R] = fma16(u, v3, s[3][R])),
     ...);
  }
  if (k < tile.inner) {
    const auto lanes = static_cast<std::uint16_t>((1U << (tile.inner - k)) - 1U);
    const Vector16 v0 = w.some(0, k, lanes), v1 = w.some(1, k, lanes);
    const Vector16 v2 = w.some(2, k, lanes), v3 = w.some(3, k, lanes);
    Vector16 u;
    ((u = load16(x[R] + k, lanes), s[0][R] = fma16_some(u, v0, s[0][R], lanes),
      s[1][R] = fma16_some(u, v1, s[1][R], lanes), s[2][R] = fma16_some(u, v2, s[2][R], lanes),
      s[3][R] = fma16_some(u, v3, s[3][R], lanes)),
     ...);
  }
  ((*reinterpret_cast<Loose4*>(tile.y + static_cast<index_t>(R) * tile.y_stride) =
        canonical_trees(s[0][R], s[1][R], s[2][R], s[3][R])),
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

/// Two outputs x R rows in registers, two registers for a sum: its low and high eight lanes.
template <typename Weights, std::size_t... R>
FLASHVIDEO_ROWS_AVX2 void rows_tile_avx2(const RowsTile& tile, const Weights& w, std::index_sequence<R...>) {
  const float* const x[] = {tile.x + static_cast<index_t>(R) * tile.x_stride...};
  Vector8 low[2][sizeof...(R)], high[2][sizeof...(R)];
  ((low[0][R] = high[0][R] = low[1][R] = high[1][R] = Vector8{}), ...);
  const auto eight = [](const float* from) -> const Loose8* { return reinterpret_cast<const Loose8*>(from); };
  index_t k = 0;
  for (; k + canonical_lanes <= tile.inner; k += canonical_lanes) {
    const Vector8 v0 = w.eight(0, k), v1 = w.eight(1, k);
    ((low[0][R] = fma8(*eight(x[R] + k), v0, low[0][R]), low[1][R] = fma8(*eight(x[R] + k), v1, low[1][R])),
     ...);
    const Vector8 v2 = w.eight(0, k + 8), v3 = w.eight(1, k + 8);
    ((high[0][R] = fma8(*eight(x[R] + k + 8), v2, high[0][R]),
      high[1][R] = fma8(*eight(x[R] + k + 8), v3, high[1][R])),
     ...);
  }
  for (index_t lane = 0; k < tile.inner; ++k, ++lane) {  // the tail joins one lane after another
    Vector8* const sums0 = lane < 8 ? low[0] : high[0];
    Vector8* const sums1 = lane < 8 ? low[1] : high[1];
    ((sums0[R][lane % 8] = math::fma(x[R][k], *w.at(0, k), sums0[R][lane % 8]),
      sums1[R][lane % 8] = math::fma(x[R][k], *w.at(1, k), sums1[R][lane % 8])),
     ...);
  }
  ((tile.y[static_cast<index_t>(R) * tile.y_stride] = canonical_tree_of_halves(low[0][R], high[0][R]),
    tile.y[static_cast<index_t>(R) * tile.y_stride + 1] = canonical_tree_of_halves(low[1][R], high[1][R])),
   ...);
}

#endif

}  // namespace flashvideo::cpu_detail
