// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include "flashvideo/backend/cpu/bfloat16.hpp"
#include "flashvideo/core/config.hpp"

namespace flashvideo::cpu_detail {

#if FLASHVIDEO_BFLOAT16

/// Transposes 16 x 16 words of 32 bits in registers. (Zero-masked forms, because GCC 12 warns of its own
/// unmasked ones.)
FLASHVIDEO_BFLOAT16_TARGET inline void transpose_words(__m512i (&row)[16]) {
  constexpr __mmask16 all_words = 0xFFFF;
  __m512i t[16];
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_maskz_unpacklo_epi32(all_words, row[i], row[i + 1]);
    t[i + 1] = _mm512_maskz_unpackhi_epi32(all_words, row[i], row[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {  // row[i + j]: word j of each 128-bit lane, of rows i .. i + 3
    row[i] = _mm512_maskz_unpacklo_epi64(0xFF, t[i], t[i + 2]);
    row[i + 1] = _mm512_maskz_unpackhi_epi64(0xFF, t[i], t[i + 2]);
    row[i + 2] = _mm512_maskz_unpacklo_epi64(0xFF, t[i + 1], t[i + 3]);
    row[i + 3] = _mm512_maskz_unpackhi_epi64(0xFF, t[i + 1], t[i + 3]);
  }
  for (int j = 0; j < 4; ++j) {
    const __m512i low_even = _mm512_maskz_shuffle_i32x4(all_words, row[j], row[j + 4], 0x88);
    const __m512i low_odd = _mm512_maskz_shuffle_i32x4(all_words, row[j], row[j + 4], 0xDD);
    const __m512i high_even = _mm512_maskz_shuffle_i32x4(all_words, row[j + 8], row[j + 12], 0x88);
    const __m512i high_odd = _mm512_maskz_shuffle_i32x4(all_words, row[j + 8], row[j + 12], 0xDD);
    t[j] = _mm512_maskz_shuffle_i32x4(all_words, low_even, high_even, 0x88);
    t[j + 4] = _mm512_maskz_shuffle_i32x4(all_words, low_odd, high_odd, 0x88);
    t[j + 8] = _mm512_maskz_shuffle_i32x4(all_words, low_even, high_even, 0xDD);
    t[j + 12] = _mm512_maskz_shuffle_i32x4(all_words, low_odd, high_odd, 0xDD);
  }
  for (int i = 0; i < 16; ++i) row[i] = t[i];
}

/// 16 outer x 2 inner floats, rounded to nearest even, as 16 words: (outer, k mod 2). A row whose mask is
/// empty is not read.
FLASHVIDEO_BFLOAT16_TARGET inline __m512i pack_bfloat16_pairs(const float* from, index_t stride,
                                                              __mmask16 even, __mmask16 odd) {
  alignas(64) static constexpr std::uint16_t interleave[32] = {0,  16, 1,  17, 2,  18, 3,  19, 4,  20, 5,
                                                               21, 6,  22, 7,  23, 8,  24, 9,  25, 10, 26,
                                                               11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
  const __m512i both = (__m512i)_mm512_cvtne2ps_pbh(
      _mm512_maskz_loadu_ps(odd, from + (odd != 0 ? stride : 0)), _mm512_maskz_loadu_ps(even, from));
  return _mm512_maskz_permutexvar_epi16(0xFFFFFFFF, _mm512_load_si512(interleave), both);
}

/// Packs x (inner, outer), whose rows run across k, as right tiles (k / 2, 16, k mod 2). Two rows at a time,
/// so that memory is read in long runs.
FLASHVIDEO_BFLOAT16_TARGET inline void pack_bfloat16_across(const float* from, index_t stride, index_t outer,
                                                            index_t inner, bfloat16_bits* to) {
  const index_t tiles = (inner + bfloat16_inner - 1) / bfloat16_inner;
  constexpr index_t rows_ahead = 8;
  for (index_t k = 0; k < tiles * bfloat16_inner; k += 2) {
    const float* source = from + (std::min)(k, inner - 1) * stride;
    const float* ahead = from + (std::min)(k + rows_ahead, inner - 1) * stride;
    const index_t next = k + rows_ahead + 1 < inner ? stride : 0;
    bfloat16_bits* target = to + k / 2 * bfloat16_inner;
    const __mmask16 even = k < inner ? 0xFFFF : 0;
    const __mmask16 odd = k + 1 < inner ? 0xFFFF : 0;
    index_t left = outer;
    for (; left >= bfloat16_rows; left -= bfloat16_rows) {
      __builtin_prefetch(ahead);
      __builtin_prefetch(ahead + next);
      _mm512_store_si512(target, pack_bfloat16_pairs(source, stride, even, odd));
      source += bfloat16_rows;
      ahead += bfloat16_rows;
      target += tiles * bfloat16_tile;
    }
    if (left == 0) continue;
    const __mmask16 lanes = first_lanes(left);
    _mm512_store_si512(target, pack_bfloat16_pairs(source, stride, even & lanes, odd & lanes));
  }
}

/// Rounds 16 outer x 32 inner floats to bfloat16 (nearest even) and packs them into one tile.
/// @tparam Along whether the source's rows run along k (one row for each outer index), else across it
/// @tparam Pairs false: the left operand's tile, (outer, k); true: the right operand's, (k / 2, outer, k mod
/// 2)
template <bool Along, bool Pairs>
FLASHVIDEO_BFLOAT16_TARGET void pack_bfloat16_tile(const float* from, index_t stride, index_t outer,
                                                   index_t inner, bfloat16_bits* to) {
  __m512i row[16];
  if constexpr (Along) {
    const __mmask16 low = first_lanes(inner);
    const __mmask16 high = first_lanes(inner - 16);
    for (index_t i = 0; i < 16; ++i) {
      const float* source = from + i * stride;
      const __mmask16 valid = i < outer ? 0xFFFF : 0;
      if (valid == 0) source = from;
      if (i + bfloat16_rows < outer) {  // the next sixteen rows, into the second-level cache
        const float* next = source + bfloat16_rows * stride;
        __builtin_prefetch(next, 0, 2);
        if (high != 0) __builtin_prefetch(next + 16, 0, 2);
      }
      row[i] = (__m512i)_mm512_cvtne2ps_pbh(_mm512_maskz_loadu_ps(high & valid, source + 16),
                                            _mm512_maskz_loadu_ps(low & valid, source));
    }
  } else {
    const __mmask16 lanes = first_lanes(outer);
    for (index_t p = 0; p < 16; ++p) {
      const __mmask16 even = 2 * p < inner ? lanes : 0;
      const __mmask16 odd = 2 * p + 1 < inner ? lanes : 0;
      row[p] = pack_bfloat16_pairs(from + (even != 0 ? 2 * p * stride : 0), stride, even, odd);
    }
  }
  if constexpr (Along == Pairs) transpose_words(row);
  for (int i = 0; i < 16; ++i) _mm512_store_si512(to + i * bfloat16_inner, row[i]);
}

/// Packs op(x) (outer, inner) into tiles: tile (o, t) lies at (o tiles + t), tiles = ceil(inner / 32), zeros
/// beyond the edges.
template <bool Along, bool Pairs>
FLASHVIDEO_BFLOAT16_TARGET void pack_bfloat16(const float* from, index_t stride, index_t outer, index_t inner,
                                              bfloat16_bits* to) {
  if constexpr (!Along && Pairs) return pack_bfloat16_across(from, stride, outer, inner, to);
  const index_t tiles = (inner + bfloat16_inner - 1) / bfloat16_inner;
  const index_t groups = (outer + bfloat16_rows - 1) / bfloat16_rows;
  const index_t steps = tiles * groups;
  for (index_t step = 0, o = 0, t = 0; step < steps; ++step) {  // in the order in which the source lies
    const index_t i = o * bfloat16_rows;
    const index_t k = t * bfloat16_inner;
    pack_bfloat16_tile<Along, Pairs>(from + (Along ? i * stride + k : k * stride + i), stride, outer - i,
                                     inner - k, to + (o * tiles + t) * bfloat16_tile);
    index_t& fast = Along ? t : o;
    if (++fast == (Along ? tiles : groups)) {
      fast = 0;
      ++(Along ? o : t);
    }
  }
}
#endif

}  // namespace flashvideo::cpu_detail
