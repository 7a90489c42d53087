// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include "flashvideo/backend/bfloat16_rows.hpp"
#include "flashvideo/backend/cpu/rows_kernels.hpp"
#include "flashvideo/backend/packed_matrix.hpp"

namespace flashvideo::detail {

/// Rows of bfloat16 input from `first` on against one panel of four rows of bfloat16 weights; `sums` takes
/// (rows, 4) results. Both sides end in zeros up to a whole block of 32, so there are no tails. Every form
/// runs under `NormalFloats`.
struct Bfloat16Panel {
  const std::byte* panel;
  const Bfloat16Rows* x;
  index_t first;
  index_t inner;
  float* sums;
};

#if FLASHVIDEO_X86

/// Pairs of bfloat16 as words: the first of a pair is the low half.
using Pairs8 = VectorOf<std::uint32_t, 32>::type;
using Pairs16 = VectorOf<std::uint32_t, 64>::type;
using LoosePairs8 = VectorOf<std::uint32_t, 32>::loose;
using LoosePairs16 = VectorOf<std::uint32_t, 64>::loose;

static_assert(Bfloat16Rows::padding == bfloat16_block && Bfloat16Weights::block == bfloat16_block,
              "a block of the input is a block of the weights and of the sum");

/// The pairs' second (or first) elements as floats.
template <bool Second>
FLASHVIDEO_ROWS_AVX512 FLASHVIDEO_ALWAYS_INLINE Vector16 widened(Pairs16 pairs) {
  return reinterpret_cast<Vector16>(Second ? pairs & 0xFFFF0000U : pairs << 16);
}
template <bool Second>
FLASHVIDEO_ROWS_AVX2 FLASHVIDEO_ALWAYS_INLINE Vector8 widened(Pairs8 pairs) {
  return reinterpret_cast<Vector8>(Second ? pairs & 0xFFFF0000U : pairs << 16);
}

/// sums + the pairs' second products, then + their first ones, two fma. Assembly, because the builtin's types
/// differ from one release of a compiler to the next.
FLASHVIDEO_ROWS_AVX512 FLASHVIDEO_ALWAYS_INLINE Vector16 dot2(Vector16 sums, Pairs16 a, Pairs16 b) {
  __asm__("vdpbf16ps {%2, %1, %0|%0, %1, %2}" : "+v"(sums) : "v"(a), "v"(b));
  return sums;
}

/// Four outputs x R rows by VDPBF16PS.
template <std::size_t... R>
FLASHVIDEO_ROWS_AVX512 void bfloat16_panel_pairs(const Bfloat16Panel& task, std::index_sequence<R...>) {
  const std::uint16_t* const x[] = {task.x->row(task.first + static_cast<index_t>(R))...};
  Vector16 s[4][sizeof...(R)];
  ((s[0][R] = s[1][R] = s[2][R] = s[3][R] = Vector16{}), ...);
  const auto* w = reinterpret_cast<const LoosePairs16*>(task.panel);
  for (index_t k = 0; k < task.inner; k += Bfloat16Weights::block, w += 4) {
    const Pairs16 w0 = w[0], w1 = w[1], w2 = w[2], w3 = w[3];
    Pairs16 u;
    ((u = *reinterpret_cast<const LoosePairs16*>(x[R] + k), s[0][R] = dot2(s[0][R], u, w0),
      s[1][R] = dot2(s[1][R], u, w1), s[2][R] = dot2(s[2][R], u, w2), s[3][R] = dot2(s[3][R], u, w3)),
     ...);
  }
  ((*reinterpret_cast<Loose4*>(task.sums + R * 4) = canonical_trees(s[0][R], s[1][R], s[2][R], s[3][R])),
   ...);
}

/// The pairs' second (or first) products of one block join the sums.
template <bool Second, std::size_t... R>
FLASHVIDEO_ROWS_AVX512 FLASHVIDEO_ALWAYS_INLINE void join_pairs(Vector16 (&s)[4][sizeof...(R)],
                                                                const LoosePairs16* w,
                                                                const std::uint16_t* const (&x)[sizeof...(R)],
                                                                index_t k, std::index_sequence<R...>) {
  const Vector16 w0 = widened<Second>(w[0]), w1 = widened<Second>(w[1]);
  const Vector16 w2 = widened<Second>(w[2]), w3 = widened<Second>(w[3]);
  Vector16 u;
  ((u = widened<Second>(*reinterpret_cast<const LoosePairs16*>(x[R] + k)), s[0][R] = fma16(u, w0, s[0][R]),
    s[1][R] = fma16(u, w1, s[1][R]), s[2][R] = fma16(u, w2, s[2][R]), s[3][R] = fma16(u, w3, s[3][R])),
   ...);
}
/// The same by fma.
template <std::size_t... R>
FLASHVIDEO_ROWS_AVX512 void bfloat16_panel_avx512(const Bfloat16Panel& task, std::index_sequence<R...> rows) {
  const std::uint16_t* const x[] = {task.x->row(task.first + static_cast<index_t>(R))...};
  Vector16 s[4][sizeof...(R)];
  ((s[0][R] = s[1][R] = s[2][R] = s[3][R] = Vector16{}), ...);
  const auto* w = reinterpret_cast<const LoosePairs16*>(task.panel);
  for (index_t k = 0; k < task.inner; k += Bfloat16Weights::block, w += 4) {
    join_pairs<true>(s, w, x, k, rows);
    join_pairs<false>(s, w, x, k, rows);
  }
  ((*reinterpret_cast<Loose4*>(task.sums + R * 4) = canonical_trees(s[0][R], s[1][R], s[2][R], s[3][R])),
   ...);
}

/// Eight pairs of two outputs x R rows join eight lanes of their sums.
template <std::size_t... R>
FLASHVIDEO_ROWS_AVX2 FLASHVIDEO_ALWAYS_INLINE void join_pairs(Vector8 (&s)[2][sizeof...(R)], Pairs8 w0,
                                                              Pairs8 w1,
                                                              const std::uint16_t* const (&x)[sizeof...(R)],
                                                              index_t k, std::index_sequence<R...>) {
  const Vector8 second0 = widened<true>(w0), second1 = widened<true>(w1);
  const Vector8 first0 = widened<false>(w0), first1 = widened<false>(w1);
  Pairs8 u;
  ((u = *reinterpret_cast<const LoosePairs8*>(x[R] + k),
    s[0][R] = fma8(widened<false>(u), first0, fma8(widened<true>(u), second0, s[0][R])),
    s[1][R] = fma8(widened<false>(u), first1, fma8(widened<true>(u), second1, s[1][R]))),
   ...);
}
/// Outputs First and First + 1 of a panel x R rows, two registers for a sum.
template <int First, std::size_t... R>
FLASHVIDEO_ROWS_AVX2 FLASHVIDEO_ALWAYS_INLINE void bfloat16_half_panel_avx2(const Bfloat16Panel& task,
                                                                            std::index_sequence<R...> rows) {
  const std::uint16_t* const x[] = {task.x->row(task.first + static_cast<index_t>(R))...};
  Vector8 low[2][sizeof...(R)], high[2][sizeof...(R)];
  ((low[0][R] = high[0][R] = low[1][R] = high[1][R] = Vector8{}), ...);
  const auto* w = reinterpret_cast<const LoosePairs8*>(task.panel) + 2 * First;
  for (index_t k = 0; k < task.inner; k += Bfloat16Weights::block, w += 8) {
    join_pairs(low, w[0], w[2], x, k, rows);
    join_pairs(high, w[1], w[3], x, k + 16, rows);
  }
  ((task.sums[R * 4 + First] = canonical_tree(low[0][R], high[0][R]),
    task.sums[R * 4 + First + 1] = canonical_tree(low[1][R], high[1][R])),
   ...);
}
/// A panel x R rows; its second half finds the panel in the first-level cache.
template <std::size_t... R>
FLASHVIDEO_ROWS_AVX2 void bfloat16_panel_avx2(const Bfloat16Panel& task, std::index_sequence<R...> rows) {
  bfloat16_half_panel_avx2<0>(task, rows);
  bfloat16_half_panel_avx2<2>(task, rows);
}

#endif

}  // namespace flashvideo::detail
