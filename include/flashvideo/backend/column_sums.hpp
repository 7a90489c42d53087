// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/core/config.hpp"
#include "flashvideo/tensor/tensor_view.hpp"

namespace flashvideo {

/// y[c] += sum over r of x(r, c) for a tile of columns, rows in ascending order. Items are tiles.
template <typename Scalar>
struct ColumnSums {
  MatrixView<const Scalar> x;  ///< (R, C)
  Scalar* y;                   ///< (C)
  index_t tile;                ///< columns

  /// Items.
  index_t tiles() const { return (x.extent(1) + tile - 1) / tile; }
  /// One tile.
  FLASHVIDEO_HOST_DEVICE void operator()(index_t t) const {
    const index_t begin = t * tile;
    const index_t end = begin + tile < x.extent(1) ? begin + tile : x.extent(1);
    for (index_t r = 0; r < x.extent(0); ++r) {
      const Scalar* row = x.row(r);
      for (index_t c = begin; c < end; ++c) y[c] += row[c];
    }
  }
};

}  // namespace flashvideo
