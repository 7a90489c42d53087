// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include "flashvideo/backend/cpu/rows_kernels.hpp"
#include "flashvideo/backend/packed_matrix.hpp"

namespace flashvideo::detail {

/// Rows of input against one panel of four rows of float weights; `sums` takes (rows, 4) results.
struct FloatPanel {
  const std::byte* panel;
  const float* x;  // (rows, inner)
  index_t x_stride;
  index_t inner;
  float* sums;
};

#if FLASHVIDEO_X86

using Bits8 = VectorOf<std::uint32_t, 32>::type;
using Bits16 = VectorOf<std::uint32_t, 64>::type;

/// Sixteen weights out of sixteen words of a panel. float32: the words; bfloat16: the halves that `Second`
/// names (see `Bfloat16Weights`).
template <typename Storage, bool Second>
FLASHVIDEO_ROWS_AVX512 FLASHVIDEO_ALWAYS_INLINE Vector16 weights_of(Bits16 words) {
  if constexpr (Storage::storage == WeightStorage::float32) return reinterpret_cast<Vector16>(words);
  return reinterpret_cast<Vector16>(Second ? words & 0xFFFF0000U : words << 16);
}
template <typename Storage, bool Second>
FLASHVIDEO_ROWS_AVX2 FLASHVIDEO_ALWAYS_INLINE Vector8 weights_of(Bits8 words) {
  if constexpr (Storage::storage == WeightStorage::float32) return reinterpret_cast<Vector8>(words);
  return reinterpret_cast<Vector8>(Second ? words & 0xFFFF0000U : words << 16);
}

/// Sixteen of k join the sums of four outputs x R rows.
template <typename Storage, bool Second, std::size_t... R>
FLASHVIDEO_ROWS_AVX512 FLASHVIDEO_ALWAYS_INLINE void join16(Vector16 (&s)[4][sizeof...(R)], const Bits16* w,
                                                            const float* const (&x)[sizeof...(R)], index_t k,
                                                            std::index_sequence<R...>) {
  const Vector16 v0 = weights_of<Storage, Second>(w[0]), v1 = weights_of<Storage, Second>(w[1]);
  const Vector16 v2 = weights_of<Storage, Second>(w[2]), v3 = weights_of<Storage, Second>(w[3]);
  Vector16 u;
  ((u = *reinterpret_cast<const Loose16*>(x[R] + k), s[0][R] = fma16(u, v0, s[0][R]),
    s[1][R] = fma16(u, v1, s[1][R]), s[2][R] = fma16(u, v2, s[2][R]), s[3][R] = fma16(u, v3, s[3][R])),
   ...);
}
/// The same for the last `count` < 16 of k; the other lanes stay as they are (-0 + 0 would change them).
template <typename Storage, bool Second, std::size_t... R>
FLASHVIDEO_ROWS_AVX512 FLASHVIDEO_ALWAYS_INLINE void join_tail(Vector16 (&s)[4][sizeof...(R)],
                                                               const Bits16* w,
                                                               const float* const (&x)[sizeof...(R)],
                                                               index_t k, index_t count,
                                                               std::index_sequence<R...>) {
  const auto lanes = static_cast<std::uint16_t>((1U << count) - 1U);
  const Vector16 v0 = weights_of<Storage, Second>(w[0]), v1 = weights_of<Storage, Second>(w[1]);
  const Vector16 v2 = weights_of<Storage, Second>(w[2]), v3 = weights_of<Storage, Second>(w[3]);
  Vector16 u;
  ((u = load16(x[R] + k, lanes), s[0][R] = fma16_some(u, v0, s[0][R], lanes),
    s[1][R] = fma16_some(u, v1, s[1][R], lanes), s[2][R] = fma16_some(u, v2, s[2][R], lanes),
    s[3][R] = fma16_some(u, v3, s[3][R], lanes)),
   ...);
}

/// A panel x R rows in registers, each sum in the canonical order.
template <typename Storage, std::size_t... R>
FLASHVIDEO_ROWS_AVX512 void float_panel_avx512(const FloatPanel& task, std::index_sequence<R...> rows) {
  constexpr bool two = Storage::block > canonical_lanes;
  const float* const x[] = {task.x + static_cast<index_t>(R) * task.x_stride...};
  Vector16 s[4][sizeof...(R)];
  ((s[0][R] = s[1][R] = s[2][R] = s[3][R] = Vector16{}), ...);
  const auto* w = reinterpret_cast<const Bits16*>(task.panel);
  index_t k = 0;
  for (; k + Storage::block <= task.inner; k += Storage::block, w += Storage::panel) {
    join16<Storage, false>(s, w, x, k, rows);
    if constexpr (two) join16<Storage, true>(s, w, x, k + canonical_lanes, rows);
  }
  index_t left = task.inner - k;
  if (two && left >= canonical_lanes) {
    join16<Storage, false>(s, w, x, k, rows);
    if (left > canonical_lanes) {
      join_tail<Storage, true>(s, w, x, k + canonical_lanes, left - canonical_lanes, rows);
    }
  } else if (left > 0) {
    join_tail<Storage, false>(s, w, x, k, left, rows);
  }
  ((*reinterpret_cast<Loose4*>(task.sums + R * 4) = canonical_trees(s[0][R], s[1][R], s[2][R], s[3][R])),
   ...);
}

/// Outputs First and First + 1 of a panel x R rows, two registers for a sum.
template <typename Storage, int First, std::size_t... R>
FLASHVIDEO_ROWS_AVX2 FLASHVIDEO_ALWAYS_INLINE void float_half_panel_avx2(const FloatPanel& task,
                                                                         std::index_sequence<R...>) {
  constexpr int steps = Storage::block / canonical_lanes;
  const float* const x[] = {task.x + static_cast<index_t>(R) * task.x_stride...};
  Vector8 low[2][sizeof...(R)], high[2][sizeof...(R)];
  ((low[0][R] = high[0][R] = low[1][R] = high[1][R] = Vector8{}), ...);
  const auto* w = reinterpret_cast<const Bits8*>(task.panel) + 2 * First;
  const auto eight = [](const float* from) -> const Loose8* { return reinterpret_cast<const Loose8*>(from); };
  index_t k = 0;
  for (; k + Storage::block <= task.inner; k += Storage::block, w += 8) {
    const Vector8 v0 = weights_of<Storage, false>(w[0]), v1 = weights_of<Storage, false>(w[1]);
    const Vector8 v2 = weights_of<Storage, false>(w[2]), v3 = weights_of<Storage, false>(w[3]);
    ((low[0][R] = fma8(*eight(x[R] + k), v0, low[0][R]), low[1][R] = fma8(*eight(x[R] + k), v2, low[1][R]),
      high[0][R] = fma8(*eight(x[R] + k + 8), v1, high[0][R]),
      high[1][R] = fma8(*eight(x[R] + k + 8), v3, high[1][R])),
     ...);
    if constexpr (steps == 2) {
      const Vector8 u0 = weights_of<Storage, true>(w[0]), u1 = weights_of<Storage, true>(w[1]);
      const Vector8 u2 = weights_of<Storage, true>(w[2]), u3 = weights_of<Storage, true>(w[3]);
      ((low[0][R] = fma8(*eight(x[R] + k + 16), u0, low[0][R]),
        low[1][R] = fma8(*eight(x[R] + k + 16), u2, low[1][R]),
        high[0][R] = fma8(*eight(x[R] + k + 24), u1, high[0][R]),
        high[1][R] = fma8(*eight(x[R] + k + 24), u3, high[1][R])),
       ...);
    }
  }
  for (; k < task.inner; ++k) {  // the tail joins one lane after another
    const index_t lane = k % canonical_lanes;
    const float w0 = Storage::weight(task.panel, First, k), w1 = Storage::weight(task.panel, First + 1, k);
    Vector8* const sums0 = lane < 8 ? low[0] : high[0];
    Vector8* const sums1 = lane < 8 ? low[1] : high[1];
    ((sums0[R][lane % 8] = math::fma(x[R][k], w0, sums0[R][lane % 8]),
      sums1[R][lane % 8] = math::fma(x[R][k], w1, sums1[R][lane % 8])),
     ...);
  }
  ((task.sums[R * 4 + First] = canonical_tree(low[0][R], high[0][R]),
    task.sums[R * 4 + First + 1] = canonical_tree(low[1][R], high[1][R])),
   ...);
}
/// A panel x R rows; its second half finds the panel in the first-level cache.
template <typename Storage, std::size_t... R>
FLASHVIDEO_ROWS_AVX2 void float_panel_avx2(const FloatPanel& task, std::index_sequence<R...> rows) {
  float_half_panel_avx2<Storage, 0>(task, rows);
  float_half_panel_avx2<Storage, 2>(task, rows);
}

#endif

}  // namespace flashvideo::detail
