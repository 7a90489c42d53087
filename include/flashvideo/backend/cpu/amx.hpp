// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/cpu_features.hpp"

#if FLASHVIDEO_X86 && defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>
#define FLASHVIDEO_AMX 1
#else
#define FLASHVIDEO_AMX 0
#endif

namespace flashvideo::detail {

/// A bfloat16 as its bits.
using bfloat16_bits = std::uint16_t;

/// Rows of a tile, its columns of 32-bit words, and the bfloat16 of k that one tile covers. A packed tile is
/// 1 KiB.
inline constexpr index_t amx_rows = 16;
inline constexpr index_t amx_inner = 32;
inline constexpr index_t amx_tile = amx_rows * amx_inner;

/// True where AMX tiles of bfloat16 may be used. The first call asks the operating system for the permission,
/// for the whole process. [Linux, Documentation/x86/xstate.rst]
inline bool amx_available() {
#if FLASHVIDEO_AMX
  static const bool available = [] {
    if (best_instruction_set() != InstructionSet::avx512) return false;
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return false;
    const bool tiles = (d >> 24 & 1U) != 0 && (d >> 22 & 1U) != 0;
    const bool convert = a >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a >> 5 & 1U) != 0;
    constexpr long request_permission = 0x1023;
    constexpr long tile_data = 18;
    return tiles && convert && syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
  }();
  return available;
#else
  return false;
#endif
}

#if FLASHVIDEO_AMX
#define FLASHVIDEO_AMX_TARGET \
  FLASHVIDEO_TARGET("amx-tile,amx-bf16,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma")

/// Eight tiles of 16 rows x 64 bytes on this thread while it lives.
class AmxTiles {
 public:
  FLASHVIDEO_AMX_TARGET AmxTiles() {
    struct alignas(64) {
      std::uint8_t palette = 1;
      std::uint8_t start_row = 0;
      std::uint8_t reserved[14] = {};
      std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
      std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
    } const config;
    _tile_loadconfig(&config);
  }
  AmxTiles(const AmxTiles&) = delete;
  AmxTiles& operator=(const AmxTiles&) = delete;
  FLASHVIDEO_AMX_TARGET ~AmxTiles() { _tile_release(); }
};

/// c (16 RowTiles, 16 ColumnTiles) = [c +] sum over `tiles` tiles of k; a and b are packed tiles, one run of
/// k after another.
template <int RowTiles, int ColumnTiles>
FLASHVIDEO_AMX_TARGET void amx_block(const bfloat16_bits* a, const bfloat16_bits* b, index_t tiles, float* c,
                                     index_t c_stride, bool accumulate) {
  constexpr bool two_rows = RowTiles == 2;
  constexpr bool two_columns = ColumnTiles == 2;
  const auto stride = static_cast<std::size_t>(c_stride) * sizeof(float);
  float* const below = c + amx_rows * c_stride;
  if (accumulate) {
    _tile_loadd(0, c, stride);
    if (two_columns) _tile_loadd(1, c + 16, stride);
    if (two_rows) _tile_loadd(2, below, stride);
    if (two_rows && two_columns) _tile_loadd(3, below + 16, stride);
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  for (index_t t = 0; t < tiles; ++t) {
    _tile_loadd(4, a + t * amx_tile, 64);
    _tile_loadd(6, b + t * amx_tile, 64);
    _tile_dpbf16ps(0, 4, 6);
    if (two_columns) {
      _tile_loadd(7, b + (tiles + t) * amx_tile, 64);
      _tile_dpbf16ps(1, 4, 7);
    }
    if (two_rows) {
      _tile_loadd(5, a + (tiles + t) * amx_tile, 64);
      _tile_dpbf16ps(2, 5, 6);
      if (two_columns) _tile_dpbf16ps(3, 5, 7);
    }
  }
  _tile_stored(0, c, stride);
  if (two_columns) _tile_stored(1, c + 16, stride);
  if (two_rows) _tile_stored(2, below, stride);
  if (two_rows && two_columns) _tile_stored(3, below + 16, stride);
}

/// c (rows, columns) = alpha sum + beta c, sum (32, 32) dense; for edges and scale factors.
FLASHVIDEO_AMX_TARGET inline void amx_merge(const float* sum, index_t rows, index_t columns, float alpha,
                                            float beta, float* c, index_t c_stride) {
  for (index_t i = 0; i < rows; ++i) {
    for (index_t j = 0; j < columns; j += 16) {
      const auto mask = static_cast<__mmask16>(columns - j >= 16 ? 0xFFFFU : (1U << (columns - j)) - 1U);
      __m512 value = _mm512_mul_ps(_mm512_set1_ps(alpha), _mm512_loadu_ps(sum + i * 32 + j));
      if (beta != 0.0F) {
        value =
            _mm512_fmadd_ps(_mm512_set1_ps(beta), _mm512_maskz_loadu_ps(mask, c + i * c_stride + j), value);
      }
      _mm512_mask_storeu_ps(c + i * c_stride + j, mask, value);
    }
  }
}
#endif

}  // namespace flashvideo::detail
