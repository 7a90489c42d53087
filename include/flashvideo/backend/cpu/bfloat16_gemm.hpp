// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include "flashvideo/backend/cpu/bfloat16_pack.hpp"
#include "flashvideo/backend/cpu/gemm_serial.hpp"
#include "flashvideo/backend/cpu/scratch.hpp"

namespace flashvideo::cpu_detail {

struct MixedLeftSlot {};
struct MixedRightSlot {};

#if FLASHVIDEO_BFLOAT16
/// c = alpha op(a) op(b) + beta c with a and b rounded to bfloat16, on the calling thread; no extent is 0.
/// Packed operands stay in the second-level cache; each sum runs over k in ascending order, in parts that
/// depend on k's extent alone.
/// @tparam Blocks the products of packed blocks: `AmxBlocks` or `DotBlocks`
template <typename Blocks>
void bfloat16_gemm(Transpose transpose_a, Transpose transpose_b, float alpha, MatrixView<const float> a,
                   MatrixView<const float> b, float beta, MatrixView<float> c) {
  const bool across_a = transpose_a == Transpose::yes;  // a (inner, m)
  const bool across_b = transpose_b == Transpose::no;   // b (inner, n)
  const index_t m = c.extent(0);
  const index_t n = c.extent(1);
  const index_t inner = a.extent(across_a ? 0 : 1);
  const index_t inner_part = even_part(inner, Blocks::most_inner, bfloat16_inner);
  const index_t column_part = even_part(n, 768, Blocks::width);
  const index_t row_part = even_part(m, Blocks::most_rows, Blocks::height);
  auto* right = ThreadScratch<MixedRightSlot>::take<bfloat16_bits>(inner_part * column_part);
  auto* left = ThreadScratch<MixedLeftSlot>::take<bfloat16_bits>(inner_part * row_part);
  Blocks blocks;
  Bfloat16Block block{};
  block.alpha = alpha;
  block.c_stride = c.stride(0);
  for (index_t j0 = 0; j0 < n; j0 += column_part) {
    const index_t columns = (std::min)(column_part, n - j0);
    const index_t width = even_part(columns, Blocks::width, bfloat16_rows);
    for (index_t k0 = 0; k0 < inner; k0 += inner_part) {
      block.inner = (std::min)(inner_part, inner - k0);
      block.beta = k0 == 0 ? beta : 1.0F;
      const index_t outer_step = block.tiles() * bfloat16_inner;
      if (across_b) {
        pack_bfloat16<false, true>(b.row(k0) + j0, b.stride(0), columns, block.inner, right);
      } else {
        pack_bfloat16<true, true>(b.row(j0) + k0, b.stride(0), columns, block.inner, right);
      }
      for (index_t i0 = 0; i0 < m; i0 += row_part) {
        const index_t rows = (std::min)(row_part, m - i0);
        if (across_a) {
          pack_bfloat16<false, Blocks::paired_left>(a.row(k0) + i0, a.stride(0), rows, block.inner, left);
        } else {
          pack_bfloat16<true, false>(a.row(i0) + k0, a.stride(0), rows, block.inner, left);
        }
        for (index_t j = 0; j < columns; j += width) {
          block.right = right + j * outer_step;
          block.columns = (std::min)(width, columns - j);
          for (index_t i = 0; i < rows; i += Blocks::height) {
            block.left = left + i * outer_step;
            block.rows = (std::min)(Blocks::height, rows - i);
            block.c = c.row(i0 + i) + j0 + j;
            if (Blocks::paired_left && across_a) {
              blocks.template run<Blocks::paired_left>(block);
            } else {
              blocks.template run<false>(block);
            }
          }
        }
      }
    }
  }
}
#endif

}  // namespace flashvideo::cpu_detail
