// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include "flashvideo/backend/bfloat16_rows.hpp"
#include "flashvideo/backend/cpu/rows_kernels.hpp"
#include "flashvideo/backend/packed_matrix.hpp"

namespace flashvideo::cpu_detail {

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

static_assert(Bfloat16Rows::padding == bfloat16_block && Bfloat16Weights::block == bfloat16_block &&
                  CompactBfloat16Weights::block == bfloat16_block,
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

/// The blocks of a panel one after another: 32 weights of each of its rows.
template <typename Storage>
struct PanelBlocks;

template <>
struct PanelBlocks<Bfloat16Weights> {
  explicit PanelBlocks(const std::byte* panel) : at(panel) {}

  FLASHVIDEO_ROWS_AVX512 FLASHVIDEO_ALWAYS_INLINE void next(Pairs16 (&w)[4]) {
    const auto* in = reinterpret_cast<const LoosePairs16*>(at);
    w[0] = in[0], w[1] = in[1], w[2] = in[2], w[3] = in[3];
    at += Bfloat16Weights::block_bytes;
  }

  const std::byte* at;
};

using Words32 = VectorOf<std::uint16_t, 64>::type;

/// Elements of a table of 32 words by the low five bits of each index. Assembly as in `dot2`.
FLASHVIDEO_ROWS_AVX512 FLASHVIDEO_ALWAYS_INLINE Words32 looked_up(Words32 table, Words32 index) {
  __asm__("vpermw {%1, %0, %0|%0, %0, %1}" : "+v"(index) : "v"(table));
  return index;
}

template <>
struct PanelBlocks<CompactBfloat16Weights> {
  using Storage = CompactBfloat16Weights;

  FLASHVIDEO_ROWS_AVX512 FLASHVIDEO_ALWAYS_INLINE explicit PanelBlocks(const std::byte* panel)
      : at(panel + Storage::panel_extra), outlier(Storage::header(panel).outliers) {
    // twice, so that the fifth bit of an index does not matter
    const auto table = *reinterpret_cast<const VectorOf<std::uint16_t, 32>::loose*>(panel);
    exponents = __builtin_shufflevector(table, table, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0,
                                        1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  }

  FLASHVIDEO_ROWS_AVX512 FLASHVIDEO_ALWAYS_INLINE void next(Pairs16 (&w)[4]) {
    const Words32 codes0 = codes(0), codes1 = codes(1);
    w[0] = weights(0, codes0), w[1] = weights(1, codes0 >> 4);
    w[2] = weights(2, codes1), w[3] = weights(3, codes1 >> 4);
    if (outlier->block == block) [[unlikely]]
      replace_outliers(w);
    at += Storage::block_bytes;
    ++block;
  }

  const std::byte* at;
  const Storage::Outlier* outlier;
  index_t block = 0;
  Words32 exponents;

 private:
  /// The codes of two rows, one in four bits of each word.
  FLASHVIDEO_ROWS_AVX512 FLASHVIDEO_ALWAYS_INLINE Words32 codes(index_t half) const {
    using Bytes = VectorOf<std::uint8_t, 32>::loose;
    return __builtin_convertvector(
        *reinterpret_cast<const Bytes*>(at + Storage::code_offset + half * Storage::block), Words32);
  }
  FLASHVIDEO_ROWS_AVX512 FLASHVIDEO_ALWAYS_INLINE Pairs16 weights(index_t j, Words32 codes) const {
    using Bytes = VectorOf<std::int8_t, 32>::loose;
    using SignedWords32 = VectorOf<std::int16_t, 64>::type;
    const auto rest = reinterpret_cast<Words32>(
        __builtin_convertvector(*reinterpret_cast<const Bytes*>(at + j * Storage::block), SignedWords32));
    return reinterpret_cast<Pairs16>((rest & 0x807F) | looked_up(exponents, codes));
  }
  FLASHVIDEO_ROWS_AVX512 FLASHVIDEO_ALWAYS_INLINE void replace_outliers(Pairs16 (&w)[4]) {
    alignas(64) std::uint16_t words[4 * Storage::block];
    auto* rows = reinterpret_cast<LoosePairs16*>(words);
    rows[0] = w[0], rows[1] = w[1], rows[2] = w[2], rows[3] = w[3];
    for (; outlier->block == block; ++outlier) words[outlier->place] = outlier->bits;
    w[0] = rows[0], w[1] = rows[1], w[2] = rows[2], w[3] = rows[3];
  }
};

/// A compact panel in the layout of `Bfloat16Weights`.
FLASHVIDEO_ROWS_AVX512 inline void expand_panel(const std::byte* panel, index_t inner, std::byte* to) {
  PanelBlocks<CompactBfloat16Weights> blocks(panel);
  auto* out = reinterpret_cast<LoosePairs16*>(to);
  for (index_t k = 0; k < inner; k += Bfloat16Weights::block, out += 4) {
    Pairs16 w[4];
    blocks.next(w);
    out[0] = w[0], out[1] = w[1], out[2] = w[2], out[3] = w[3];
  }
}

/// Four outputs x R rows by VDPBF16PS.
template <typename Storage, std::size_t... R>
FLASHVIDEO_ROWS_AVX512 void bfloat16_panel_pairs(const Bfloat16Panel& task, std::index_sequence<R...>) {
  const std::uint16_t* const x[] = {task.x->row(task.first + static_cast<index_t>(R))...};
  Vector16 s[4][sizeof...(R)];
  ((s[0][R] = s[1][R] = s[2][R] = s[3][R] = Vector16{}), ...);
  PanelBlocks<Storage> blocks(task.panel);
  for (index_t k = 0; k < task.inner; k += Storage::block) {
    Pairs16 w[4];
    blocks.next(w);
    Pairs16 u;
    ((u = *reinterpret_cast<const LoosePairs16*>(x[R] + k), s[0][R] = dot2(s[0][R], u, w[0]),
      s[1][R] = dot2(s[1][R], u, w[1]), s[2][R] = dot2(s[2][R], u, w[2]), s[3][R] = dot2(s[3][R], u, w[3])),
     ...);
  }
  ((*reinterpret_cast<Loose4*>(task.sums + R * 4) = canonical_trees(s[0][R], s[1][R], s[2][R], s[3][R])),
   ...);
}

/// The pairs' second (or first) products of one block join the sums.
template <bool Second, std::size_t... R>
FLASHVIDEO_ROWS_AVX512 FLASHVIDEO_ALWAYS_INLINE void join_pairs(Vector16 (&s)[4][sizeof...(R)],
                                                                const Pairs16 (&w)[4],
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
template <typename Storage, std::size_t... R>
FLASHVIDEO_ROWS_AVX512 void bfloat16_panel_avx512(const Bfloat16Panel& task, std::index_sequence<R...> rows) {
  const std::uint16_t* const x[] = {task.x->row(task.first + static_cast<index_t>(R))...};
  Vector16 s[4][sizeof...(R)];
  ((s[0][R] = s[1][R] = s[2][R] = s[3][R] = Vector16{}), ...);
  PanelBlocks<Storage> blocks(task.panel);
  for (index_t k = 0; k < task.inner; k += Storage::block) {
    Pairs16 w[4];
    blocks.next(w);
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
  ((task.sums[R * 4 + First] = canonical_tree_of_halves(low[0][R], high[0][R]),
    task.sums[R * 4 + First + 1] = canonical_tree_of_halves(low[1][R], high[1][R])),
   ...);
}
/// A panel x R rows; its second half finds the panel in the first-level cache.
template <std::size_t... R>
FLASHVIDEO_ROWS_AVX2 void bfloat16_panel_avx2(const Bfloat16Panel& task, std::index_sequence<R...> rows) {
  bfloat16_half_panel_avx2<0>(task, rows);
  bfloat16_half_panel_avx2<2>(task, rows);
}

#endif

}  // namespace flashvideo::cpu_detail
