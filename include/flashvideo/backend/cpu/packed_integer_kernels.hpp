// SPDX-License-Identifier: MIT
#pragma once

#include <cstring>
#include <utility>

#include "flashvideo/backend/cpu/rows_kernels.hpp"
#include "flashvideo/backend/packed_matrix.hpp"
#include "flashvideo/backend/quantized_rows.hpp"

namespace flashvideo::cpu_detail {

/// Rows of quantised input from `first` on against one panel of 16 rows of integer weights; `sums` takes
/// (rows, 16) results.
struct IntegerPanel {
  const std::byte* panel;
  const QuantizedRows* x;
  index_t first;
  index_t inner;
  float* sums;
};

#if FLASHVIDEO_X86

/// For functions that multiply bytes in AVX-512 registers.
#define FLASHVIDEO_VNNI FLASHVIDEO_TARGET("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma")

using Bytes32 = VectorOf<char, 32>::type;
using Words16 = VectorOf<std::int16_t, 32>::type;
using Lanes8 = VectorOf<std::int32_t, 32>::type;
using Lanes16 = VectorOf<std::int32_t, 64>::type;

/// Four codes as one number.
FLASHVIDEO_ALWAYS_INLINE std::int32_t four_codes(const std::int8_t* codes) {
  std::int32_t value;
  std::memcpy(&value, codes, 4);
  return value;
}

/// Four codes in each of eight lanes.
FLASHVIDEO_ROWS_AVX2 FLASHVIDEO_ALWAYS_INLINE Bytes32 repeated(const std::int8_t* codes) {
  const Lanes8 all = Lanes8{} + four_codes(codes);
  return reinterpret_cast<Bytes32>(all);
}

/// sums + the four products of unsigned bytes with signed bytes in each of 16 lanes, exact.
FLASHVIDEO_VNNI FLASHVIDEO_ALWAYS_INLINE Lanes16 dot4(Lanes16 sums, Lanes16 unsigned_bytes,
                                                      std::int32_t codes) {
  const Lanes16 all = Lanes16{} + codes;
#if defined(__clang__)
  return __builtin_ia32_vpdpbusd512(sums, unsigned_bytes, all);
#else
  return __builtin_ia32_vpdpbusd_v16si(sums, unsigned_bytes, all);
#endif
}

/// int8: sum_k (q_w + 128) q_x - 128 sum_k q_x in 16 lanes, one for each row of the panel; then the scales.
template <std::size_t... R>
FLASHVIDEO_VNNI void int8_panel_vnni(const IntegerPanel& task, std::index_sequence<R...>) {
  const QuantizedRows& rows = *task.x;
  const std::int8_t* const x[] = {rows.row(task.first + static_cast<index_t>(R))...};
  Lanes16 even[sizeof...(R)], odd[sizeof...(R)];
  ((even[R] = Lanes16{} + -Int8Weights::offset * rows.sum(task.first + static_cast<index_t>(R)),
    odd[R] = Lanes16{}),
   ...);
  const auto* w = reinterpret_cast<const Lanes16*>(task.panel);
  for (index_t k = 0; k < task.inner; k += Int8Weights::block, w += 4) {
    const Lanes16 w0 = w[0], w1 = w[1], w2 = w[2], w3 = w[3];
    ((even[R] = dot4(even[R], w0, four_codes(x[R] + k)), odd[R] = dot4(odd[R], w1, four_codes(x[R] + k + 4)),
      even[R] = dot4(even[R], w2, four_codes(x[R] + k + 8)),
      odd[R] = dot4(odd[R], w3, four_codes(x[R] + k + 12))),
     ...);
  }
  const Vector16 scales = *reinterpret_cast<const Vector16*>(w);
  ((*reinterpret_cast<Loose16*>(task.sums + R * 16) = __builtin_convertvector(even[R] + odd[R], Vector16) *
                                                      scales *
                                                      rows.scales[task.first + static_cast<index_t>(R)]),
   ...);
}

/// int4: the groups' sums in 16 lanes join by fma with their scales, groups ascending.
template <std::size_t... R>
FLASHVIDEO_VNNI void int4_panel_vnni(const IntegerPanel& task, std::index_sequence<R...>) {
  const QuantizedRows& rows = *task.x;
  const std::int8_t* const x[] = {rows.row(task.first + static_cast<index_t>(R))...};
  const std::int32_t* const group_sums[] = {rows.group_sums(task.first + static_cast<index_t>(R))...};
  Vector16 total[sizeof...(R)];
  ((total[R] = Vector16{}), ...);
  const auto* w = reinterpret_cast<const Lanes16*>(task.panel);
  for (index_t g = 0; g * Int4Weights::group < task.inner; g += 2) {
    const Lanes16 scales = *w++;
    for (index_t side = 0; side < 2; ++side) {
      const index_t k = (g + side) * Int4Weights::group;
      Lanes16 low[sizeof...(R)], high[sizeof...(R)];
      ((low[R] = Lanes16{} + -Int4Weights::offset * group_sums[R][g + side], high[R] = Lanes16{}), ...);
      for (index_t v = 0; v < 4; ++v, ++w) {
        const Lanes16 first = *w & 0x0F0F0F0F;
        const Lanes16 second = (*w >> 4) & 0x0F0F0F0F;
        ((low[R] = dot4(low[R], first, four_codes(x[R] + k + 4 * v)),
          high[R] = dot4(high[R], second, four_codes(x[R] + k + 16 + 4 * v))),
         ...);
      }
      const auto scale = reinterpret_cast<Vector16>(
          side == 0 ? scales << 16 : scales & static_cast<std::int32_t>(0xFFFF0000U));
      ((total[R] = fma16(__builtin_convertvector(low[R] + high[R], Vector16), scale, total[R])), ...);
    }
  }
  ((*reinterpret_cast<Loose16*>(task.sums + R * 16) =
        total[R] * rows.scales[task.first + static_cast<index_t>(R)]),
   ...);
}

/// int8 without VNNI: |q_w| (q_x sign(q_w)) in pairs of 16 bits, which 2 x 127 x 127 fit, then in 32 bits.
template <std::size_t... R>
FLASHVIDEO_ROWS_AVX2 void int8_panel_avx2(const IntegerPanel& task, std::index_sequence<R...>) {
  const QuantizedRows& rows = *task.x;
  const std::int8_t* const x[] = {rows.row(task.first + static_cast<index_t>(R))...};
  const Words16 ones = Words16{} + static_cast<std::int16_t>(1);
  for (int half = 0; half < 2; ++half) {
    Lanes8 sum[sizeof...(R)];
    ((sum[R] = Lanes8{}), ...);
    const auto* w = reinterpret_cast<const Lanes8*>(task.panel) + half;
    for (index_t k = 0; k < task.inner; k += 4, w += 2) {
      const auto q = reinterpret_cast<Bytes32>(*w ^ static_cast<std::int32_t>(0x80808080U));
      const Bytes32 magnitude = __builtin_ia32_psignb256(q, q);
      Bytes32 codes;
      ((codes = __builtin_ia32_psignb256(repeated(x[R] + k), q),
        sum[R] += __builtin_ia32_pmaddwd256(__builtin_ia32_pmaddubsw256(magnitude, codes), ones)),
       ...);
    }
    const auto scales =
        *(reinterpret_cast<const Vector8*>(Int8Weights::scales(task.panel, task.inner)) + half);
    ((*reinterpret_cast<Loose8*>(task.sums + static_cast<int>(R) * 16 + half * 8) =
          __builtin_convertvector(sum[R], Vector8) * scales *
          rows.scales[task.first + static_cast<index_t>(R)]),
     ...);
  }
}

/// int4 without VNNI: the eight pairs of a lane reach 8 x 2 x 15 x 127 = 30480 in 16 bits.
template <std::size_t... R>
FLASHVIDEO_ROWS_AVX2 void int4_panel_avx2(const IntegerPanel& task, std::index_sequence<R...>) {
  const QuantizedRows& rows = *task.x;
  const std::int8_t* const x[] = {rows.row(task.first + static_cast<index_t>(R))...};
  const std::int32_t* const group_sums[] = {rows.group_sums(task.first + static_cast<index_t>(R))...};
  const Words16 ones = Words16{} + static_cast<std::int16_t>(1);
  for (int half = 0; half < 2; ++half) {
    Vector8 total[sizeof...(R)];
    ((total[R] = Vector8{}), ...);
    for (index_t g = 0; g * Int4Weights::group < task.inner; ++g) {
      const std::byte* block = task.panel + g / 2 * Int4Weights::block_bytes;
      const Lanes8 scales = *(reinterpret_cast<const Lanes8*>(block) + half);
      const auto* w = reinterpret_cast<const Lanes8*>(Int4Weights::nibbles(task.panel, g)) + half;
      const index_t k = g * Int4Weights::group;
      Words16 pairs[sizeof...(R)];
      ((pairs[R] = Words16{}), ...);
      for (index_t v = 0; v < 4; ++v, w += 2) {
        const auto first = reinterpret_cast<Bytes32>(*w & 0x0F0F0F0F);
        const auto second = reinterpret_cast<Bytes32>((*w >> 4) & 0x0F0F0F0F);
        ((pairs[R] += __builtin_ia32_pmaddubsw256(first, repeated(x[R] + k + 4 * v)),
          pairs[R] += __builtin_ia32_pmaddubsw256(second, repeated(x[R] + k + 16 + 4 * v))),
         ...);
      }
      const auto scale = reinterpret_cast<Vector8>(
          g % 2 == 0 ? scales << 16 : scales & static_cast<std::int32_t>(0xFFFF0000U));
      ((total[R] = fma8(
            __builtin_convertvector(
                __builtin_ia32_pmaddwd256(pairs[R], ones) + -Int4Weights::offset * group_sums[R][g], Vector8),
            scale, total[R])),
       ...);
    }
    ((*reinterpret_cast<Loose8*>(task.sums + static_cast<int>(R) * 16 + half * 8) =
          total[R] * rows.scales[task.first + static_cast<index_t>(R)]),
     ...);
  }
}

#endif

}  // namespace flashvideo::cpu_detail
