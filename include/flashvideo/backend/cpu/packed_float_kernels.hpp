// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include "flashvideo/backend/cpu/rows_kernels.hpp"
#include "flashvideo/backend/packed_matrix.hpp"

namespace flashvideo::detail {

/// Rows of input against one panel of four rows of float32 weights; `sums` takes (rows, 4) results.
struct FloatPanel {
  const std::byte* panel;
  const float* x;  // (rows, inner)
  index_t x_stride;
  index_t inner;
  float* sums;
};

#if FLASHVIDEO_X86

/// A panel x R rows in registers, each sum in the canonical order; tails of k by masked fma, which leaves the
/// other lanes untouched (-0 + 0 would change them).
template <std::size_t... R>
FLASHVIDEO_ROWS_AVX512 void float_panel_avx512(const FloatPanel& task, std::index_sequence<R...>) {
  const float* const x[] = {task.x + static_cast<index_t>(R) * task.x_stride...};
  Vector16 s[4][sizeof...(R)];
  ((s[0][R] = s[1][R] = s[2][R] = s[3][R] = Vector16{}), ...);
  const auto* w = reinterpret_cast<const Vector16*>(task.panel);
  index_t k = 0;
  for (; k + canonical_lanes <= task.inner; k += canonical_lanes, w += 4) {
    const Vector16 v0 = w[0], v1 = w[1], v2 = w[2], v3 = w[3];
    Vector16 u;
    ((u = *reinterpret_cast<const Loose16*>(x[R] + k), s[0][R] = fma16(u, v0, s[0][R]),
      s[1][R] = fma16(u, v1, s[1][R]), s[2][R] = fma16(u, v2, s[2][R]), s[3][R] = fma16(u, v3, s[3][R])),
     ...);
  }
  if (k < task.inner) {
    const auto lanes = static_cast<std::uint16_t>((1U << (task.inner - k)) - 1U);
    const Vector16 v0 = w[0], v1 = w[1], v2 = w[2], v3 = w[3];
    Vector16 u;
    ((u = load16(x[R] + k, lanes), s[0][R] = fma16_some(u, v0, s[0][R], lanes),
      s[1][R] = fma16_some(u, v1, s[1][R], lanes), s[2][R] = fma16_some(u, v2, s[2][R], lanes),
      s[3][R] = fma16_some(u, v3, s[3][R], lanes)),
     ...);
  }
  ((*reinterpret_cast<Loose4*>(task.sums + R * 4) = canonical_trees(s[0][R], s[1][R], s[2][R], s[3][R])),
   ...);
}

/// Outputs First and First + 1 of a panel x R rows, two registers for a sum.
template <int First, std::size_t... R>
FLASHVIDEO_ROWS_AVX2 FLASHVIDEO_ALWAYS_INLINE void float_half_panel_avx2(const FloatPanel& task,
                                                                         std::index_sequence<R...>) {
  const float* const x[] = {task.x + static_cast<index_t>(R) * task.x_stride...};
  Vector8 low[2][sizeof...(R)], high[2][sizeof...(R)];
  ((low[0][R] = high[0][R] = low[1][R] = high[1][R] = Vector8{}), ...);
  const auto* w = reinterpret_cast<const Vector8*>(task.panel) + 2 * First;
  const auto eight = [](const float* from) -> const Loose8* { return reinterpret_cast<const Loose8*>(from); };
  index_t k = 0;
  for (; k + canonical_lanes <= task.inner; k += canonical_lanes, w += 8) {
    const Vector8 v0 = w[0], v1 = w[1], v2 = w[2], v3 = w[3];
    ((low[0][R] = fma8(*eight(x[R] + k), v0, low[0][R]), low[1][R] = fma8(*eight(x[R] + k), v2, low[1][R]),
      high[0][R] = fma8(*eight(x[R] + k + 8), v1, high[0][R]),
      high[1][R] = fma8(*eight(x[R] + k + 8), v3, high[1][R])),
     ...);
  }
  for (; k < task.inner; ++k) {  // the tail joins one lane after another
    const index_t lane = k % canonical_lanes;
    const float w0 = Float32Weights::weight(task.panel, First, k);
    const float w1 = Float32Weights::weight(task.panel, First + 1, k);
    Vector8* const sums0 = lane < 8 ? low[0] : high[0];
    Vector8* const sums1 = lane < 8 ? low[1] : high[1];
    ((sums0[R][lane % 8] = math::fma(x[R][k], w0, sums0[R][lane % 8]),
      sums1[R][lane % 8] = math::fma(x[R][k], w1, sums1[R][lane % 8])),
     ...);
  }
  ((task.sums[R * 4 + First] = canonical_tree_of_halves(low[0][R], high[0][R]),
    task.sums[R * 4 + First + 1] = canonical_tree_of_halves(low[1][R], high[1][R])),
   ...);
}
/// A panel x R rows; its second half finds the panel in the first-level cache.
template <std::size_t... R>
FLASHVIDEO_ROWS_AVX2 void float_panel_avx2(const FloatPanel& task, std::index_sequence<R...> rows) {
  float_half_panel_avx2<0>(task, rows);
  float_half_panel_avx2<2>(task, rows);
}

#endif

}  // namespace flashvideo::detail
