// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include "flashvideo/backend/canonical_sum.hpp"
#include "flashvideo/core/config.hpp"
#include "flashvideo/core/cpu_features.hpp"

#if FLASHVIDEO_X86
#include <immintrin.h>
#endif

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

#define FLASHVIDEO_ROWS_AVX512 FLASHVIDEO_TARGET("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")
#define FLASHVIDEO_ROWS_AVX2 FLASHVIDEO_TARGET("avx2,fma")

/// The canonical trees of four sums at once: element i is the tree of the 16 lanes of s_i.
FLASHVIDEO_ROWS_AVX512 inline __m128 canonical_trees(__m512 s0, __m512 s1, __m512 s2, __m512 s3) {
  constexpr __mmask16 all = 0xFFFF;
  // lane l + 8 onto lane l: eight lanes of two sums in one register
  const __m512 s01 = _mm512_add_ps(_mm512_maskz_shuffle_f32x4(all, s0, s1, 0x44),
                                   _mm512_maskz_shuffle_f32x4(all, s0, s1, 0xEE));
  const __m512 s23 = _mm512_add_ps(_mm512_maskz_shuffle_f32x4(all, s2, s3, 0x44),
                                   _mm512_maskz_shuffle_f32x4(all, s2, s3, 0xEE));
  // lane l + 4: four lanes of the four sums
  const __m512 s = _mm512_add_ps(_mm512_maskz_shuffle_f32x4(all, s01, s23, 0x88),
                                 _mm512_maskz_shuffle_f32x4(all, s01, s23, 0xDD));
  // lanes l + 2 and l + 1, within each quarter
  const __m512 pairs = _mm512_add_ps(s, _mm512_maskz_permute_ps(all, s, 0x4E));
  const __m512 ones = _mm512_add_ps(pairs, _mm512_maskz_permute_ps(all, pairs, 0xB1));
  const __m512i first = _mm512_setr_epi32(0, 4, 8, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  return _mm512_maskz_extractf32x4_ps(0xF, _mm512_maskz_permutexvar_ps(all, first, ones), 0);
}

/// Four outputs x R rows in registers; tails of k by masked fma, which leaves the other lanes untouched (-0 +
/// 0 would change them).
template <std::size_t... R>
FLASHVIDEO_ROWS_AVX512 void rows_tile_avx512(const RowsBlock<float, float>& block,
                                             std::index_sequence<R...>) {
  const float* const x[] = {block.x + static_cast<index_t>(R) * block.x_stride...};
  const float* const w0 = block.w;
  const float* const w1 = w0 + block.w_stride;
  const float* const w2 = w1 + block.w_stride;
  const float* const w3 = w2 + block.w_stride;
  __m512 s0[sizeof...(R)], s1[sizeof...(R)], s2[sizeof...(R)], s3[sizeof...(R)];
  ((s0[R] = s1[R] = s2[R] = s3[R] = _mm512_setzero_ps()), ...);
  index_t k = 0;
  for (; k + canonical_lanes <= block.inner; k += canonical_lanes) {
    const __m512 v0 = _mm512_loadu_ps(w0 + k), v1 = _mm512_loadu_ps(w1 + k);
    const __m512 v2 = _mm512_loadu_ps(w2 + k), v3 = _mm512_loadu_ps(w3 + k);
    __m512 u;
    ((u = _mm512_loadu_ps(x[R] + k), s0[R] = _mm512_fmadd_ps(u, v0, s0[R]),
      s1[R] = _mm512_fmadd_ps(u, v1, s1[R]), s2[R] = _mm512_fmadd_ps(u, v2, s2[R]),
      s3[R] = _mm512_fmadd_ps(u, v3, s3[R])),
     ...);
  }
  if (k < block.inner) {
    const auto tail = static_cast<__mmask16>((1U << (block.inner - k)) - 1U);
    const __m512 v0 = _mm512_maskz_loadu_ps(tail, w0 + k), v1 = _mm512_maskz_loadu_ps(tail, w1 + k);
    const __m512 v2 = _mm512_maskz_loadu_ps(tail, w2 + k), v3 = _mm512_maskz_loadu_ps(tail, w3 + k);
    const __m512 u[] = {_mm512_maskz_loadu_ps(tail, x[R] + k)...};
    ((s0[R] = _mm512_mask3_fmadd_ps(u[R], v0, s0[R], tail),
      s1[R] = _mm512_mask3_fmadd_ps(u[R], v1, s1[R], tail),
      s2[R] = _mm512_mask3_fmadd_ps(u[R], v2, s2[R], tail),
      s3[R] = _mm512_mask3_fmadd_ps(u[R], v3, s3[R], tail)),
     ...);
  }
  (_mm_storeu_ps(block.y + static_cast<index_t>(R) * block.y_stride,
                 canonical_trees(s0[R], s1[R], s2[R], s3[R])),
   ...);
}

/// The canonical tree of eight low and eight high lanes.
FLASHVIDEO_ROWS_AVX2 inline float canonical_tree(__m256 low, __m256 high) {
  const __m256 eight = _mm256_add_ps(low, high);
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}

/// Two outputs x R rows in registers, two registers for a sum.
template <std::size_t... R>
FLASHVIDEO_ROWS_AVX2 void rows_tile_avx2(const RowsBlock<float, float>& block, std::index_sequence<R...>) {
  const float* const x[] = {block.x + static_cast<index_t>(R) * block.x_stride...};
  const float* const w0 = block.w;
  const float* const w1 = w0 + block.w_stride;
  __m256 low0[sizeof...(R)], high0[sizeof...(R)], low1[sizeof...(R)], high1[sizeof...(R)];
  ((low0[R] = high0[R] = low1[R] = high1[R] = _mm256_setzero_ps()), ...);
  index_t k = 0;
  for (; k + canonical_lanes <= block.inner; k += canonical_lanes) {
    const __m256 v0 = _mm256_loadu_ps(w0 + k), v1 = _mm256_loadu_ps(w1 + k);
    ((low0[R] = _mm256_fmadd_ps(_mm256_loadu_ps(x[R] + k), v0, low0[R]),
      low1[R] = _mm256_fmadd_ps(_mm256_loadu_ps(x[R] + k), v1, low1[R])),
     ...);
    const __m256 v2 = _mm256_loadu_ps(w0 + k + 8), v3 = _mm256_loadu_ps(w1 + k + 8);
    ((high0[R] = _mm256_fmadd_ps(_mm256_loadu_ps(x[R] + k + 8), v2, high0[R]),
      high1[R] = _mm256_fmadd_ps(_mm256_loadu_ps(x[R] + k + 8), v3, high1[R])),
     ...);
  }
  for (int half = 0; half < 2; ++half, k += 8) {
    if (k >= block.inner) break;
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i mask = _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(block.inner - k)), lane);
    const __m256 keep = _mm256_castsi256_ps(mask);
    const __m256 v0 = _mm256_maskload_ps(w0 + k, mask), v1 = _mm256_maskload_ps(w1 + k, mask);
    const __m256 u[] = {_mm256_maskload_ps(x[R] + k, mask)...};
    if (half == 0) {
      ((low0[R] = _mm256_blendv_ps(low0[R], _mm256_fmadd_ps(u[R], v0, low0[R]), keep),
        low1[R] = _mm256_blendv_ps(low1[R], _mm256_fmadd_ps(u[R], v1, low1[R]), keep)),
       ...);
    } else {
      ((high0[R] = _mm256_blendv_ps(high0[R], _mm256_fmadd_ps(u[R], v0, high0[R]), keep),
        high1[R] = _mm256_blendv_ps(high1[R], _mm256_fmadd_ps(u[R], v1, high1[R]), keep)),
       ...);
    }
  }
  ((block.y[static_cast<index_t>(R) * block.y_stride] = canonical_tree(low0[R], high0[R]),
    block.y[static_cast<index_t>(R) * block.y_stride + 1] = canonical_tree(low1[R], high1[R])),
   ...);
}

#endif

}  // namespace flashvideo::detail
