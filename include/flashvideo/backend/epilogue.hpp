// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>

#include "flashvideo/core/config.hpp"
#include "flashvideo/tensor/tensor_view.hpp"

namespace flashvideo {

/// What follows a pass over outputs: nothing. No loop is started for it.
struct NoEpilogue {};

/// Whether anything follows.
template <typename Epilogue>
inline constexpr bool is_epilogue = !std::is_same_v<Epilogue, NoEpilogue>;

/// x = x + y: the product's outputs are added to the residual stream.
template <typename Scalar>
struct AddEpilogue {
  MatrixView<const Scalar> y;  ///< (R, M)
  MatrixView<Scalar> x;        ///< (R, M)

  /// Columns of a part of the product's outputs.
  index_t width() const { return x.width(); }
  /// Columns [begin, end) of one row.
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
  MatrixView<const Scalar> h;  ///< (R, 2F)
  MatrixView<Scalar> a;        ///< (R, F)

  /// Columns of a part of the product's outputs.
  index_t width() const { return a.width(); }
  /// Columns [begin, end) of one row of a.
  FLASHVIDEO_HOST_DEVICE void operator()(index_t row, index_t begin, index_t end) const {
    const Scalar* first = h.row(row);
    const Scalar* second = first + a.width();
    Scalar* out = a.row(row);
    FLASHVIDEO_INDEPENDENT
    for (index_t c = begin; c < end; ++c) out[c] = Activation::value(first[c]) * second[c];
  }
};

/// The columns [begin, end) of one row, by an epilogue.
template <typename Epilogue>
struct EpilogueRows {
  Epilogue epilogue;  ///< what follows the product
  index_t begin;      ///< the first column
  index_t end;        ///< behind the last column
  /// One row.
  FLASHVIDEO_HOST_DEVICE void operator()(index_t row) const { epilogue(row, begin, end); }
};

}  // namespace flashvideo
