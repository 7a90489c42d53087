// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include "flashvideo/backend/cpu/bfloat16.hpp"

namespace flashvideo::cpu_detail {

#if FLASHVIDEO_BFLOAT16

/// Two bfloat16, k and k + 1, of one row.
typedef int Bfloat16Pair __attribute__((may_alias, aligned(2)));

/// sum[v] += the pair at `left`, times the pairs of right[v].
template <std::size_t... V>
FLASHVIDEO_BFLOAT16_TARGET __attribute__((always_inline)) inline void dot_row(const bfloat16_bits* left,
                                                                              const __m512i* right,
                                                                              __m512* sum,
                                                                              std::index_sequence<V...>) {
  const __m512i pair = _mm512_set1_epi32(*reinterpret_cast<const Bfloat16Pair*>(left));
  ((sum[V] = _mm512_dpbf16_ps(sum[V], (__m512bh)pair, (__m512bh)right[V])), ...);
}

/// to[0 .. 16) = alpha sum + beta to, in the lanes of the mask.
FLASHVIDEO_BFLOAT16_TARGET __attribute__((always_inline)) inline void dot_store(__m512 sum, __m512 alpha,
                                                                                float beta, __mmask16 mask,
                                                                                float* to) {
  __m512 value = _mm512_mul_ps(alpha, sum);
  if (mask == 0xFFFF) {
    if (beta != 0.0F) value = _mm512_fmadd_ps(_mm512_set1_ps(beta), _mm512_loadu_ps(to), value);
    _mm512_storeu_ps(to, value);
  } else {
    if (beta != 0.0F) value = _mm512_fmadd_ps(_mm512_set1_ps(beta), _mm512_maskz_loadu_ps(mask, to), value);
    _mm512_mask_storeu_ps(to, mask, value);
  }
}

/// A register tile of VDPBF16PS: sizeof...(R) rows, of which block.rows are stored, and sizeof...(V)
/// registers, in pairs of ascending k. Folds instead of loops keep the sums in registers. T = r Vectors + v.
/// @tparam PairedLeft whether the left tile is (k / 2, 16, k mod 2), else (16, k)
template <bool PairedLeft, std::size_t... R, std::size_t... V, std::size_t... T>
FLASHVIDEO_BFLOAT16_TARGET void dot_tile(const Bfloat16Block& block, std::index_sequence<R...>,
                                         std::index_sequence<V...> vectors, std::index_sequence<T...>) {
  constexpr std::size_t count = sizeof...(V);
  constexpr index_t row_step = PairedLeft ? 2 : bfloat16_inner;
  constexpr index_t pair_step = PairedLeft ? 2 * bfloat16_rows : 2;
  constexpr index_t right_step = 2 * bfloat16_rows;
  float* const c = block.c;
  const index_t stride = block.c_stride;
  for (index_t r = 0; r < block.rows; ++r) {
    (__builtin_prefetch(c + r * stride + V * bfloat16_rows, 1), ...);
  }
  __m512 sum[sizeof...(T)];
  ((sum[T] = _mm512_setzero_ps()), ...);
  const index_t group = block.tiles() * bfloat16_tile;
  const bfloat16_bits* left = block.left;
  const bfloat16_bits* b = block.right;
  for (index_t k = block.inner; k > 0; k -= bfloat16_inner, left += bfloat16_tile) {
    const bfloat16_bits* a = left;
    const index_t pairs = k >= bfloat16_inner ? bfloat16_inner / 2 : (k + 1) / 2;
    for (index_t p = 0; p < pairs; ++p, a += pair_step, b += right_step) {
      const __m512i right[] = {_mm512_load_si512(b + static_cast<index_t>(V) * group)...};
      (dot_row(a + static_cast<index_t>(R) * row_step, right, sum + R * count, vectors), ...);
    }
  }
  const __m512 alpha = _mm512_set1_ps(block.alpha);
  ((static_cast<index_t>(T / count) < block.rows
        ? dot_store(sum[T], alpha, block.beta,
                    first_lanes(block.columns - static_cast<index_t>(T % count) * bfloat16_rows),
                    c + static_cast<index_t>(T / count) * stride + T % count * bfloat16_rows)
        : void()),
   ...);
}

/// Blocks of packed bfloat16 by VDPBF16PS, for `bfloat16_gemm`: register tiles of 8 rows x 3 registers.
struct DotBlocks {
  static constexpr index_t height = 16;
  static constexpr index_t width = 48;
  static constexpr index_t most_inner = 768;
  static constexpr index_t most_rows = 256;
  static constexpr bool paired_left = true;  // a left operand that runs across k is not transposed

  template <bool PairedLeft, std::size_t Vectors>
  static void run(const Bfloat16Block& block) {
    constexpr std::size_t tile_rows = 8;
    dot_tile<PairedLeft>(block, std::make_index_sequence<tile_rows>{}, std::make_index_sequence<Vectors>{},
                         std::make_index_sequence<tile_rows * Vectors>{});
  }

  /// @param block at most height x width
  template <bool PairedLeft>
  static void run(Bfloat16Block block) {
    const index_t rows = block.rows;
    for (index_t half = 0; half < rows; half += 8) {
      block.rows = rows - half < 8 ? rows - half : 8;
      if (block.columns > 2 * bfloat16_rows) {
        run<PairedLeft, 3>(block);
      } else if (block.columns > bfloat16_rows) {
        run<PairedLeft, 2>(block);
      } else {
        run<PairedLeft, 1>(block);
      }
      block.left += 8 * (PairedLeft ? 2 : bfloat16_inner);
      block.c += 8 * block.c_stride;
    }
  }
};
#endif

}  // namespace flashvideo::cpu_detail
