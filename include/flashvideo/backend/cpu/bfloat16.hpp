// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/cpu_features.hpp"

/// 1 where functions for AVX512_BF16 and AMX can be compiled; what runs is decided at run time.
#if FLASHVIDEO_X86 && defined(__x86_64__)
#include <immintrin.h>
#define FLASHVIDEO_BFLOAT16 1
#define FLASHVIDEO_BFLOAT16_TARGET FLASHVIDEO_TARGET("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma")
#else
#define FLASHVIDEO_BFLOAT16 0
#endif

namespace flashvideo::cpu_detail {

/// A bfloat16 as its bits.
using bfloat16_bits = std::uint16_t;

/// A packed tile of bfloat16, 1 KiB: 16 rows or columns, 32 of k. An operand (outer, k) is packed into tiles
/// with all of k for outer 0 .. 15 first, then for 16 .. 31; zeros beyond the edges.
inline constexpr index_t bfloat16_rows = 16;
inline constexpr index_t bfloat16_inner = 32;
inline constexpr index_t bfloat16_tile = bfloat16_rows * bfloat16_inner;

/// One block of a product of packed operands: c (rows, columns) = alpha sum_k left right + beta c.
struct Bfloat16Block {
  const bfloat16_bits* left;
  const bfloat16_bits* right;
  index_t inner;  // of k; tiles = ceil(inner / 32)
  index_t rows;
  index_t columns;
  float alpha;
  float beta;  // 0: c is only written
  float* c;
  index_t c_stride;

  index_t tiles() const { return (inner + bfloat16_inner - 1) / bfloat16_inner; }
};

/// x rounded to the nearest bfloat16, ties to even.
inline float round_to_bfloat16(float x) {
  const auto bits = __builtin_bit_cast(std::uint32_t, x);
  if ((bits & 0x7FFFFFFFU) > 0x7F800000U) return x;  // a NaN stays one
  return __builtin_bit_cast(float, (bits + 0x7FFFU + (bits >> 16 & 1U)) & 0xFFFF0000U);
}

/// The first n of 16 lanes.
inline std::uint16_t first_lanes(index_t n) {
  return static_cast<std::uint16_t>(n >= 16 ? 0xFFFFU : n <= 0 ? 0U : (1U << n) - 1U);
}

}  // namespace flashvideo::cpu_detail
