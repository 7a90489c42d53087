// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "flashvideo/backend/workspace.hpp"
#include "flashvideo/core/math.hpp"
#include "flashvideo/tensor/tensor_view.hpp"

namespace flashvideo {

/// Rows of a product's input as int8, each with one scale: x ~ scale q, q in [-127, 127].
struct QuantizedRows {
  static constexpr index_t group = 32;    ///< of k, whose codes are also summed
  static constexpr index_t padding = 64;  ///< rows end in zeros up to a multiple of this

  std::int8_t* codes = nullptr;  ///< (R, width)
  float* scales = nullptr;       ///< (R)
  std::int32_t* sums = nullptr;  ///< (R, width / 32 + 1): of each group, at last of the row
  index_t rows = 0;              ///< R
  index_t width = 0;             ///< K padded

  /// Groups of a row.
  FLASHVIDEO_HOST_DEVICE index_t groups() const { return width / group; }
  /// (width), the codes of row r.
  FLASHVIDEO_HOST_DEVICE const std::int8_t* row(index_t r) const { return codes + r * width; }
  /// (groups + 1), sums of row r's codes: of each group, at last of all.
  FLASHVIDEO_HOST_DEVICE const std::int32_t* group_sums(index_t r) const { return sums + r * (groups() + 1); }
  /// Sum of row r's codes.
  FLASHVIDEO_HOST_DEVICE std::int32_t sum(index_t r) const { return group_sums(r)[groups()]; }
};

namespace backend_detail {

/// q = round(x 127 / max |x|), ties to even; scale = max |x| / 127. A row of nothing but zeros (below 1e-30)
/// becomes zeros; one with an infinity or a NaN has such a scale.
struct QuantizeRow {
  MatrixView<const float> x;  // (R, K)
  QuantizedRows to;

  FLASHVIDEO_HOST_DEVICE void operator()(index_t r) const {
    const index_t inner = x.width();
    const float* in = x.row(r);
    std::int8_t* out = to.codes + r * to.width;
    std::int32_t largest_bits = 0;  // magnitudes are ordered as their bits are, so the order of k is free
    for (index_t k = 0; k < inner; ++k) {
      const std::int32_t bits = __builtin_bit_cast(std::int32_t, in[k]) & 0x7FFFFFFF;
      largest_bits = bits > largest_bits ? bits : largest_bits;
    }
    const float largest = __builtin_bit_cast(float, largest_bits);
    const float inverse = largest < 1e-30F ? 0.0F : 127.0F / largest;
    to.scales[r] = largest < 1e-30F ? 0.0F : largest / 127.0F;
    constexpr float shifter = 12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer in the low bits
    for (index_t k = 0; k < inner; ++k) {
      out[k] = static_cast<std::int8_t>(
          __builtin_bit_cast(std::uint32_t, math::fma(in[k], inverse, shifter)) & 0xFFU);
    }
    for (index_t k = inner; k < to.width; ++k) out[k] = 0;
    std::int32_t* sums = to.sums + r * (to.groups() + 1);
    std::int32_t total = 0;
    for (index_t g = 0; g < to.groups(); ++g) {
      std::int32_t sum = 0;
      for (index_t k = 0; k < QuantizedRows::group; ++k) sum += out[g * QuantizedRows::group + k];
      sums[g] = sum;
      total += sum;
    }
    sums[to.groups()] = total;
  }
};

}  // namespace backend_detail

/// The rows of x (R, K) quantised, in the workspace. The bits of a row depend on that row alone.
template <ComputeBackend Backend>
QuantizedRows quantize_rows(const Backend& backend, MatrixView<const float> x,
                            Workspace<Backend>& workspace) {
  constexpr index_t padding = QuantizedRows::padding;
  QuantizedRows rows;
  rows.rows = x.rows();
  rows.width = (x.width() + padding - 1) / padding * padding;
  rows.codes = workspace.template take<std::int8_t>(Shape<2>{rows.rows, rows.width}).data();
  rows.scales = workspace.template take<float>(Shape<1>{rows.rows}).data();
  rows.sums = workspace.template take<std::int32_t>(Shape<2>{rows.rows, rows.groups() + 1}).data();
  backend.for_each(rows.rows, backend_detail::QuantizeRow{x, rows}, rows.width);
  return rows;
}

}  // namespace flashvideo
