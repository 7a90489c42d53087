// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>

#include "flashvideo/backend/bfloat16_rows.hpp"
#include "flashvideo/backend/canonical_sum.hpp"
#include "flashvideo/backend/epilogue.hpp"
#include "flashvideo/backend/packed_matrix.hpp"
#include "flashvideo/backend/quantized_rows.hpp"
#include "flashvideo/backend/workspace.hpp"

namespace flashvideo {

namespace backend_detail {

/// Row j of a panel of weights that are numbers by themselves, as a term of a canonical sum.
template <typename Storage>
struct PanelWeights {
  const std::byte* panel;
  index_t j;
  FLASHVIDEO_HOST_DEVICE float operator()(index_t k) const { return Storage::weight(panel, j, k); }
};

/// A row of bfloat16, as a term of a canonical sum.
struct Bfloat16Elements {
  const std::uint16_t* row;
  FLASHVIDEO_HOST_DEVICE float operator()(index_t k) const { return bfloat16_to_float(row[k]); }
};

}  // namespace backend_detail

/// One element of y = x w^T with packed weights in the plain form, the oracle of every faster one.
template <typename Storage>
struct PackedElement;

/// float32: the canonical order (backend/canonical_sum.hpp), the bits of `rows`.
template <>
struct PackedElement<Float32Weights> {
  MatrixView<const float> x;  ///< (R, K)
  PackedMatrix w;             ///< (M, K)

  /// y(r, m).
  FLASHVIDEO_HOST_DEVICE float operator()(index_t r, index_t m) const {
    index_t j = 0;
    const std::byte* panel = w.panel_of<Float32Weights>(m, j);
    return canonical_dot<float>(w.inner, RowElements<float>{x.row(r)},
                                backend_detail::PanelWeights<Float32Weights>{panel, j});
  }
};

/// bfloat16, compact or not: the canonical order of pairs, both factors rounded.
template <typename Storage>
requires(Storage::storage == WeightStorage::bfloat16) struct PackedElement<Storage> {
  Bfloat16Rows x;  ///< (R, K)
  PackedMatrix w;  ///< (M, K)

  /// y(r, m).
  FLASHVIDEO_HOST_DEVICE float operator()(index_t r, index_t m) const {
    index_t j = 0;
    const std::byte* panel = w.panel_of<Storage>(m, j);
    return canonical_bfloat16_dot(w.inner, backend_detail::Bfloat16Elements{x.row(r)},
                                  backend_detail::PanelWeights<Storage>{panel, j});
  }
};

/// int8: y = (float(sum_k q_x q_w) s_w) s_x with the sum exact in integers.
template <>
struct PackedElement<Int8Weights> {
  QuantizedRows x;  ///< (R, K)
  PackedMatrix w;   ///< (M, K)

  /// y(r, m).
  FLASHVIDEO_HOST_DEVICE float operator()(index_t r, index_t m) const {
    index_t j = 0;
    const std::byte* panel = w.panel_of<Int8Weights>(m, j);
    const std::int8_t* codes = x.row(r);
    std::int32_t sum = 0;
    for (index_t k = 0; k < w.inner; ++k)
      sum += (Int8Weights::code(panel, j, k) - Int8Weights::offset) * static_cast<int>(codes[k]);
    return static_cast<float>(sum) * Int8Weights::scales(panel, w.inner)[j] * x.scales[r];
  }
};

/// int4: a = 0; for every group of 32 of k in ascending order, a = fma(float(sum_k q_x q_w), s_w, a), the sum
/// exact in integers; y = a s_x. Groups beyond K up to the next 64 take part with zeros.
template <>
struct PackedElement<Int4Weights> {
  QuantizedRows x;  ///< (R, K)
  PackedMatrix w;   ///< (M, K)

  /// y(r, m).
  FLASHVIDEO_HOST_DEVICE float operator()(index_t r, index_t m) const {
    index_t j = 0;
    const std::byte* panel = w.panel_of<Int4Weights>(m, j);
    float total = 0;
    for (index_t g = 0; g < x.groups(); ++g) {
      const std::int8_t* codes = x.row(r) + g * Int4Weights::group;
      std::int32_t sum = 0;
      for (index_t k = 0; k < Int4Weights::group; ++k)
        sum += (Int4Weights::code(panel, g, j, k) - Int4Weights::offset) * static_cast<int>(codes[k]);
      total = math::fma(static_cast<float>(sum), Int4Weights::scale(panel, g, j), total);
    }
    return total * x.scales[r];
  }
};

namespace backend_detail {

/// y(r, m) = element(r, m), item i = r M + m.
template <typename Element>
struct StoreElement {
  Element element;
  MatrixView<float> y;
  FLASHVIDEO_HOST_DEVICE void operator()(index_t i) const {
    y.row(i / y.width())[i % y.width()] = element(i / y.width(), i % y.width());
  }
};

}  // namespace backend_detail

/// The rows x as products with a storage take them: float, bfloat16, or int8 with scales.
template <typename Storage, ComputeBackend Backend>
auto product_input(const Backend& backend, MatrixView<const float> x, Workspace<Backend>& workspace) {
  if constexpr (Storage::storage == WeightStorage::float32) {
    return x;
  } else if constexpr (Storage::storage == WeightStorage::bfloat16) {
    return rounded_rows(backend, x, workspace);
  } else {
    return quantize_rows(backend, x, workspace);
  }
}

namespace plain {

/// The layout of whoever has no kernels for panels: float32 as it lies, for `backend.rows`.
inline PanelLayout panel_layout(WeightStorage storage) {
  switch (storage) {
    case WeightStorage::bfloat16:
      return PanelLayout::bfloat16;
    case WeightStorage::int8:
      return PanelLayout::int8;
    case WeightStorage::int4:
      return PanelLayout::int4;
    case WeightStorage::float32:
      break;
  }
  return PanelLayout::rows;
}

/// y = x w^T element by element, then the epilogue.
template <ComputeBackend Backend, typename Epilogue>
void packed_rows(const Backend& backend, MatrixView<const float> x, const PackedMatrix& w,
                 MatrixView<float> y, Workspace<Backend>& workspace, const Epilogue& epilogue) {
  if (w.layout == PanelLayout::rows) {
    backend.rows(x, MatrixView<const float>(reinterpret_cast<const float*>(w.data), {w.outputs, w.inner}), y);
  } else {
    const auto mark = workspace.mark();
    w.visit_panels([&]<typename Storage>(Storage) {
      using Element = PackedElement<Storage>;
      const auto input = product_input<Storage>(backend, x, workspace);
      backend.for_each(y.size(), backend_detail::StoreElement<Element>{Element{input, w}, y}, 2 * w.inner);
    });
    workspace.release(mark);
  }
  if constexpr (is_epilogue<Epilogue>) {
    backend.for_each(x.rows(), EpilogueRows<Epilogue>{epilogue, 0, w.part_outputs()}, 8 * y.width());
  }
}

}  // namespace plain

}  // namespace flashvideo
