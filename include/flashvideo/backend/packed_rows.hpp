// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>

#include "flashvideo/backend/bfloat16_rows.hpp"
#include "flashvideo/backend/canonical_sum.hpp"
#include "flashvideo/backend/packed_matrix.hpp"
#include "flashvideo/backend/quantized_rows.hpp"
#include "flashvideo/backend/workspace.hpp"

namespace flashvideo {

namespace detail {

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

/// One element of y = x w^T with packed weights in the plain form, the oracle of every faster one.
template <typename Storage>
struct PackedElement;

/// float32: the canonical order (backend/canonical_sum.hpp), the bits of `rows`.
template <>
struct PackedElement<Float32Weights> {
  MatrixView<const float> x;  // (R, K)
  PackedMatrix w;             // (M, K)

  FLASHVIDEO_HOST_DEVICE float operator()(index_t r, index_t m) const {
    index_t j = 0;
    const std::byte* panel = w.panel_of<Float32Weights>(m, j);
    return canonical_dot<float>(w.inner, RowElements<float>{x.row(r)},
                                PanelWeights<Float32Weights>{panel, j});
  }
};

/// bfloat16, compact or not: the canonical order of pairs, both factors rounded.
template <typename Storage>
requires(Storage::storage == WeightStorage::bfloat16) struct PackedElement<Storage> {
  Bfloat16Rows x;
  PackedMatrix w;

  FLASHVIDEO_HOST_DEVICE float operator()(index_t r, index_t m) const {
    index_t j = 0;
    const std::byte* panel = w.panel_of<Storage>(m, j);
    return canonical_bfloat16_dot(w.inner, Bfloat16Elements{x.row(r)}, PanelWeights<Storage>{panel, j});
  }
};

/// int8: y = (float(sum_k q_x q_w) s_w) s_x with the sum exact in integers.
template <>
struct PackedElement<Int8Weights> {
  QuantizedRows x;
  PackedMatrix w;

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
  QuantizedRows x;
  PackedMatrix w;

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

/// y(r, m) = element(r, m), item i = r M + m.
template <typename Element>
struct StoreElement {
  Element element;
  MatrixView<float> y;
  FLASHVIDEO_HOST_DEVICE void operator()(index_t i) const {
    y.row(i / y.width())[i % y.width()] = element(i / y.width(), i % y.width());
  }
};

/// The columns [begin, end) of one row, by an epilogue.
template <typename Epilogue>
struct EpilogueRows {
  Epilogue epilogue;
  index_t begin;
  index_t end;
  FLASHVIDEO_HOST_DEVICE void operator()(index_t row) const { epilogue(row, begin, end); }
};

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

template <ComputeBackend Backend>
void packed_elements(const Backend& backend, MatrixView<const float> x, const PackedMatrix& w,
                     MatrixView<float> y, Workspace<Backend>& workspace) {
  w.visit_panels([&]<typename Storage>(Storage) {
    using Element = PackedElement<Storage>;
    const auto input = product_input<Storage>(backend, x, workspace);
    backend.for_each(y.size(), StoreElement<Element>{Element{input, w}, y}, 2 * w.inner);
  });
}

}  // namespace detail

/// Whether a backend multiplies by the panels of float32 weights (a kernel of its own) or by rows as they
/// lie.
template <typename Backend>
inline constexpr bool prefers_panels = false;

/// Whether compact bfloat16 panels (`CompactBfloat16Weights`) are faster for a backend than plain ones.
template <ComputeBackend Backend>
bool prefers_compact_bfloat16(const Backend&) {
  return false;
}

/// What follows a product whose outputs are y: nothing.
struct NoEpilogue {
  static constexpr bool empty = true;
  FLASHVIDEO_HOST_DEVICE void operator()(index_t, index_t, index_t) const {}
};

/// x = x + y: the product's outputs are added to the residual stream.
template <typename Scalar>
struct AddEpilogue {
  static constexpr bool empty = false;
  MatrixView<const Scalar> y;  // (R, M)
  MatrixView<Scalar> x;        // (R, M)

  index_t width() const { return x.width(); }
  FLASHVIDEO_HOST_DEVICE void operator()(index_t row, index_t begin, index_t end) const {
    const Scalar* in = y.row(row);
    Scalar* out = x.row(row);
    FLASHVIDEO_INDEPENDENT
    for (index_t c = begin; c < end; ++c) out[c] = out[c] + in[c];
  }
};

/// a = act(h_1) h_2 where the product's outputs are h = (h_1 | h_2), a matrix of two parts.
/// @tparam Activation `Swish`, `Gelu`, `Relu` (nn/activation.hpp)
template <typename Scalar, typename Activation>
struct GateEpilogue {
  static constexpr bool empty = false;
  MatrixView<const Scalar> h;  // (R, 2F)
  MatrixView<Scalar> a;        // (R, F)

  index_t width() const { return a.width(); }
  FLASHVIDEO_HOST_DEVICE void operator()(index_t row, index_t begin, index_t end) const {
    const Scalar* first = h.row(row);
    const Scalar* second = first + a.width();
    Scalar* out = a.row(row);
    FLASHVIDEO_INDEPENDENT
    for (index_t c = begin; c < end; ++c) out[c] = Activation::value(first[c]) * second[c];
  }
};

/// y (R, M) = x (R, K) w^T for packed weights, then the epilogue: once for every row and column of a part,
/// after its sums are in y. The bits of an element depend on its own row of x and of w alone: not on the
/// number of rows, their place, the threads, or the form of the kernel.
template <ComputeBackend Backend, typename Epilogue = NoEpilogue>
void packed_rows(const Backend& backend, MatrixView<const float> x, const PackedMatrix& w,
                 MatrixView<float> y, Workspace<Backend>& workspace, const Epilogue& epilogue = {}) {
  const auto mark = workspace.mark();
  if (w.as_rows) {
    backend.rows(x, {reinterpret_cast<const float*>(w.data), {w.outputs, w.inner}}, y);
  } else {
    detail::packed_elements(backend, x, w, y, workspace);
  }
  if constexpr (!Epilogue::empty) {
    backend.for_each(x.rows(), detail::EpilogueRows<Epilogue>{epilogue, 0, w.part_outputs()}, 8 * y.width());
  }
  workspace.release(mark);
}

}  // namespace flashvideo
