// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/backend/cpu/bfloat16.hpp"

/// 1 where functions for AMX can be compiled; what runs is decided at run time.
#if FLASHVIDEO_BFLOAT16 && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#define FLASHVIDEO_AMX 1
#else
#define FLASHVIDEO_AMX 0
#endif

namespace flashvideo::cpu_detail {

/// True where AMX tiles of bfloat16 may be used. The first call asks the operating system for the permission,
/// for the whole process. [Linux, Documentation/x86/xstate.rst]
inline bool amx_available() {
#if FLASHVIDEO_AMX
  static const bool available = [] {
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (!has_bfloat16_products() || __get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return false;
    const bool tiles = (d >> 24 & 1U) != 0 && (d >> 22 & 1U) != 0;
    constexpr long request_permission = 0x1023;
    constexpr long tile_data = 18;
    return tiles && syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
  }();
  return available;
#else
  return false;
#endif
}

#if FLASHVIDEO_AMX
#define FLASHVIDEO_AMX_TARGET \
  FLASHVIDEO_TARGET("amx-tile,amx-bf16,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma")

/// What LDTILECFG reads: eight tiles of 16 rows x 64 bytes.
struct alignas(64) AmxConfiguration {
  std::uint8_t palette = 1;
  std::uint8_t start_row = 0;
  std::uint8_t reserved[14] = {};
  std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
/// Not a local variable: GCC 12 takes its intrinsic to read 8 bytes and drops the stores of the others.
inline constexpr AmxConfiguration amx_configuration{};

/// Those tiles on this thread while it lives.
class AmxTiles {
 public:
  FLASHVIDEO_AMX_TARGET AmxTiles() { _tile_loadconfig(&amx_configuration); }
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
  float* const below = c + bfloat16_rows * c_stride;
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
    _tile_loadd(4, a + t * bfloat16_tile, 64);
    _tile_loadd(6, b + t * bfloat16_tile, 64);
    _tile_dpbf16ps(0, 4, 6);
    if (two_columns) {
      _tile_loadd(7, b + (tiles + t) * bfloat16_tile, 64);
      _tile_dpbf16ps(1, 4, 7);
    }
    if (two_rows) {
      _tile_loadd(5, a + (tiles + t) * bfloat16_tile, 64);
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
      const __mmask16 mask = first_lanes(columns - j);
      __m512 value = _mm512_mul_ps(_mm512_set1_ps(alpha), _mm512_loadu_ps(sum + i * 32 + j));
      if (beta != 0.0F) {
        value =
            _mm512_fmadd_ps(_mm512_set1_ps(beta), _mm512_maskz_loadu_ps(mask, c + i * c_stride + j), value);
      }
      _mm512_mask_storeu_ps(c + i * c_stride + j, mask, value);
    }
  }
}

/// Blocks of packed bfloat16 in AMX tiles, for `bfloat16_gemm`, on this thread while it lives.
class AmxBlocks {
 public:
  static constexpr index_t height = 2 * bfloat16_rows;
  static constexpr index_t width = 2 * bfloat16_rows;
  static constexpr index_t most_inner = 768;
  static constexpr index_t most_rows = 128;
  static constexpr bool paired_left = false;

  /// @param block at most height x width, packed
  template <bool PairedLeft>
  void run(const Bfloat16Block& block) {
    const bool unscaled = block.alpha == 1.0F && (block.beta == 0.0F || block.beta == 1.0F);
    const bool direct = unscaled && block.rows % bfloat16_rows == 0 && block.columns % bfloat16_rows == 0;
    float* const to = direct ? block.c : sum_;
    const index_t stride = direct ? block.c_stride : width;
    const bool add = direct && block.beta == 1.0F;
    if (block.rows > bfloat16_rows) {
      if (block.columns > bfloat16_rows) {
        amx_block<2, 2>(block.left, block.right, block.tiles(), to, stride, add);
      } else {
        amx_block<2, 1>(block.left, block.right, block.tiles(), to, stride, add);
      }
    } else if (block.columns > bfloat16_rows) {
      amx_block<1, 2>(block.left, block.right, block.tiles(), to, stride, add);
    } else {
      amx_block<1, 1>(block.left, block.right, block.tiles(), to, stride, add);
    }
    if (direct) return;
    amx_merge(sum_, block.rows, block.columns, block.alpha, block.beta, block.c, block.c_stride);
  }

 private:
  alignas(64) float sum_[width * height];
  AmxTiles tiles_;
};
#endif

}  // namespace flashvideo::cpu_detail
