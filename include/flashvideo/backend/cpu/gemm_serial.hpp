// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/backend/cpu/gemm_kernels.hpp"
#include "flashvideo/backend/cpu/gemm_pack.hpp"
#include "flashvideo/backend/cpu/scratch.hpp"
#include "flashvideo/core/clones.hpp"
#include "flashvideo/core/cpu_features.hpp"
#include "flashvideo/tensor/tensor_view.hpp"

namespace flashvideo::cpu_detail {

struct GemmLeftSlot {};
struct GemmRightSlot {};

/// c = beta c; beta 0 writes zeros over anything.
template <typename Scalar>
void scale_matrix(Scalar beta, MatrixView<Scalar> c) {
  for (index_t i = 0; i < c.extent(0); ++i) {
    Scalar* row = c.row(i);
    for (index_t j = 0; j < c.extent(1); ++j) row[j] = beta == Scalar{0} ? Scalar{0} : beta * row[j];
  }
}

/// n cut into the fewest parts of at most `limit`, all nearly equal, each a multiple of `unit` but the last.
inline index_t even_part(index_t n, index_t limit, index_t unit = 1) {
  const index_t parts = std::max<index_t>(1, (n + limit - 1) / limit);
  return (std::max)(unit, ((n + parts - 1) / parts + unit - 1) / unit * unit);
}

/// c = alpha op(a) op(b) + beta c on the calling thread; may be called from inside a pool's body.
///
/// The right operand is packed into panels of three registers that stay in the first-level cache while a
/// block of rows passes; a left operand that is not transposed is read where it lies. Each sum runs over k in
/// ascending order, in parts that depend on k's extent alone: cutting c into pieces does not change a bit.
/// [Goto & van de Geijn, Anatomy of high-performance matrix multiplication, 2008]
/// @tparam Scalar float or double
template <typename Scalar>
void gemm_serial(InstructionSet form, Transpose transpose_a, Transpose transpose_b, Scalar alpha,
                 MatrixView<const Scalar> a, MatrixView<const Scalar> b, Scalar beta, MatrixView<Scalar> c) {
  const bool across_a = transpose_a == Transpose::yes;  // a (inner, m)
  const bool across_b = transpose_b == Transpose::yes;  // b (n, inner)
  const index_t m = c.extent(0);
  const index_t n = c.extent(1);
  const index_t inner = a.extent(across_a ? 0 : 1);
  if (m == 0 || n == 0) return;
  if (inner == 0) return scale_matrix(beta, c);
  const GemmForm shape = gemm_form(form);
  const index_t lanes = shape.bytes / static_cast<index_t>(sizeof(Scalar));
  const index_t panel = gemm_vectors * lanes;
  const index_t inner_part = even_part(inner, 960 / static_cast<index_t>(sizeof(Scalar)));
  const index_t column_part = even_part(n, 16 * panel, panel);
  const index_t row_part = even_part(m, 128, shape.rows);
  Scalar* right = ThreadScratch<GemmRightSlot>::template take<Scalar>(inner_part * (column_part + panel));
  Scalar* left =
      across_a ? ThreadScratch<GemmLeftSlot>::template take<Scalar>(inner_part * row_part) : nullptr;

  GemmTile<Scalar> tile{};
  tile.alpha = alpha;
  tile.c_stride = c.stride(0);
  tile.a_stride = a.stride(0);
  for (index_t j0 = 0; j0 < n; j0 += column_part) {
    const index_t columns = (std::min)(column_part, n - j0);
    const index_t last_width = ((columns - 1) % panel / lanes + 1) * lanes;
    for (index_t k0 = 0; k0 < inner; k0 += inner_part) {
      tile.inner = (std::min)(inner_part, inner - k0);
      tile.beta = k0 == 0 ? beta : Scalar{1};
      if (across_b) {
        for (index_t j = 0; j < columns; j += panel) {
          const index_t count = (std::min)(panel, columns - j);
          pack_across(form, b.row(j0 + j) + k0, b.stride(0), count, count == panel ? panel : last_width,
                      tile.inner, right + j * tile.inner);
        }
      } else {
        pack_along(form, panel, b.row(k0) + j0, b.stride(0), tile.inner, columns, last_width, right);
      }
      for (index_t i0 = 0; i0 < m; i0 += row_part) {
        const index_t rows = (std::min)(row_part, m - i0);
        if (across_a) {
          pack_along<Scalar>(form, shape.rows, a.row(k0) + i0, a.stride(0), tile.inner, rows, shape.rows,
                             left);
        }
        for (index_t j = 0; j < columns; j += panel) {
          tile.columns = (std::min)(panel, columns - j);
          tile.b = right + j * tile.inner;
          const index_t vectors = (tile.columns + lanes - 1) / lanes;
          for (index_t i = 0; i < rows; i += shape.rows) {
            tile.rows = std::min<index_t>(shape.rows, rows - i);
            tile.a = across_a ? left + i * tile.inner : a.row(i0 + i) + k0;
            tile.c = c.row(i0 + i) + j0 + j;
            run_gemm_tile(form, across_a, vectors, tile);
          }
        }
      }
    }
  }
}

}  // namespace flashvideo::cpu_detail
