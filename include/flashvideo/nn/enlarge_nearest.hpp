// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/nn/image_patches.hpp"
#include "flashvideo/tensor/tensor_view.hpp"

namespace flashvideo {

namespace nn_detail {

/// The old pixel under each new one; one new pixel per call.
template <typename Scalar>
struct CopyNearest {
  ImageExtent fine;  // of y
  index_t factor;
  index_t channels;
  const Scalar* x;
  Scalar* y;

  FLASHVIDEO_HOST_DEVICE void operator()(index_t i) const {
    const index_t row = i / fine.width;  // its image and line
    const index_t column = i - row * fine.width;
    const Scalar* in = x + (row / factor * (fine.width / factor) + column / factor) * channels;
    Scalar* out = y + i * channels;
    for (index_t c = 0; c < channels; ++c) out[c] = in[c];
  }
};

}  // namespace nn_detail

/// Every pixel becomes `factor` x `factor` equal ones: y(b, y, x, c) = x(b, y / factor, x / factor, c).
///
/// Shapes: x (B H W, C), y (B factor H factor W, C), both dense.
/// @param extent of x
/// @return the extent of y
/// @throws value_error unless factor >= 1
/// @throws shape_error when x or y do not fit
template <ComputeBackend Backend, typename Scalar>
ImageExtent enlarge_nearest(const Backend& backend, const ImageExtent& extent, index_t factor,
                            MatrixView<const Scalar> x, std::type_identity_t<MatrixView<Scalar>> y) {
  require<value_error>(factor >= 1, "enlarge_nearest: factor is {}, expected >= 1", factor);
  const ImageExtent fine{extent.count, factor * extent.height, factor * extent.width};
  require<shape_error>(
      x.rows() == extent.rows() && y.shape() == Shape<2>{fine.rows(), x.width()} && x.dense() && y.dense(),
      "enlarge_nearest: x is {} and y is {}, expected dense ({}, C) and ({}, C)", shape_text(x.shape()),
      shape_text(y.shape()), extent.rows(), fine.rows());
  backend.for_each(fine.rows(), nn_detail::CopyNearest<Scalar>{fine, factor, x.width(), x.data(), y.data()},
                   x.width());
  return fine;
}

}  // namespace flashvideo
