// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "flashvideo/backend/workspace.hpp"
#include "flashvideo/core/bfloat16.hpp"
#include "flashvideo/tensor/tensor_view.hpp"

namespace flashvideo {

/// Rows of a product's input as bfloat16.
struct Bfloat16Rows {
  static constexpr index_t padding = 32;  ///< rows end in zeros up to a multiple of this

  std::uint16_t* values = nullptr;  ///< (R, width)
  index_t rows = 0;                 ///< R
  index_t width = 0;                ///< K padded

  /// (width), row r.
  FLASHVIDEO_HOST_DEVICE const std::uint16_t* row(index_t r) const { return values + r * width; }
};

namespace backend_detail {

/// Each element as the nearest bfloat16, a subnormal one as zero.
struct RoundRow {
  MatrixView<const float> x;  // (R, K)
  Bfloat16Rows to;

  FLASHVIDEO_HOST_DEVICE void operator()(index_t r) const {
    const index_t inner = x.width();
    const float* in = x.row(r);
    std::uint16_t* out = to.values + r * to.width;
    FLASHVIDEO_INDEPENDENT
    for (index_t k = 0; k < inner; ++k) out[k] = normal_bfloat16(in[k]);
    for (index_t k = inner; k < to.width; ++k) out[k] = 0;
  }
};

}  // namespace backend_detail

/// The rows of x (R, K) rounded, in the workspace.
template <ComputeBackend Backend>
Bfloat16Rows rounded_rows(const Backend& backend, MatrixView<const float> x, Workspace<Backend>& workspace) {
  Bfloat16Rows rows;
  rows.rows = x.rows();
  rows.width = (x.width() + Bfloat16Rows::padding - 1) / Bfloat16Rows::padding * Bfloat16Rows::padding;
  rows.values = workspace.template take<std::uint16_t>(Shape<2>{rows.rows, rows.width}).data();
  backend.for_each(rows.rows, backend_detail::RoundRow{x, rows}, rows.width);
  return rows;
}

}  // namespace flashvideo
