// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/nn/volume_patches.hpp"
#include "flashvideo/tensor/tensor_view.hpp"

namespace flashvideo {

/// The largest or the mean number of each channel in each window, one cell per call. What lies outside the
/// video takes no part.
/// @tparam Mean false: the largest
template <typename Scalar, bool Mean>
struct VolumePooling {
  VolumeGrid grid;       ///< which windows
  index_t channels;      ///< of a pixel
  const Scalar* x;       ///< (fine rows, channels)
  MatrixView<Scalar> y;  ///< (coarse rows, channels)

  /// One cell of y.
  FLASHVIDEO_HOST_DEVICE void operator()(index_t cell) const {
    const VolumePlace place(grid, cell);
    Scalar* out = y.row(cell);
    index_t seen = 0;
    for (index_t t = inside(place.t); t < end(place.t, grid.kernel.frames, grid.fine.frames); ++t) {
      for (index_t row = inside(place.y); row < end(place.y, grid.kernel.height, grid.fine.height); ++row) {
        for (index_t column = inside(place.x); column < end(place.x, grid.kernel.width, grid.fine.width);
             ++column) {
          const Scalar* in =
              x +
              (((place.video * grid.fine.frames + t) * grid.fine.height + row) * grid.fine.width + column) *
                  channels;
          add(in, out, seen++ == 0);
        }
      }
    }
    if constexpr (Mean) {
      for (index_t c = 0; c < channels; ++c) out[c] = out[c] / static_cast<Scalar>(seen);
    }
  }

 private:
  FLASHVIDEO_HOST_DEVICE static index_t inside(index_t begin) { return begin < 0 ? 0 : begin; }
  FLASHVIDEO_HOST_DEVICE static index_t end(index_t begin, index_t size, index_t extent) {
    return begin + size < extent ? begin + size : extent;
  }
  FLASHVIDEO_HOST_DEVICE void add(const Scalar* in, Scalar* out, bool is_first) const {
    if (is_first) {
      for (index_t c = 0; c < channels; ++c) out[c] = in[c];
    } else if constexpr (Mean) {
      for (index_t c = 0; c < channels; ++c) out[c] = out[c] + in[c];
    } else {
      for (index_t c = 0; c < channels; ++c) out[c] = in[c] > out[c] ? in[c] : out[c];
    }
  }
};

namespace nn_detail {

template <bool Mean, typename Backend, typename Scalar>
void pool_volume(const char* where, const Backend& backend, const VolumeWindow& window,
                 const VolumeExtent& extent, MatrixView<const Scalar> x, MatrixView<Scalar> y) {
  const VolumeGrid grid(window, extent);
  require<shape_error>(
      x.rows() == extent.rows() && x.dense() && y.shape() == Shape<2>{grid.coarse.rows(), x.width()},
      "{}: x is {} and y is {}, expected dense ({}, C) and ({}, C)", where, shape_text(x.shape()),
      shape_text(y.shape()), extent.rows(), grid.coarse.rows());
  backend.for_each(grid.coarse.rows(), VolumePooling<Scalar, Mean>{grid, x.width(), x.data(), y},
                   grid.window_pixels() * x.width());
}

}  // namespace nn_detail

/// y = the largest number of each channel in each window of x.
///
/// Shapes: x (B T H W, C) dense, y (B T' H' W', C). With `same` padding the missing pixels in front are the
/// smaller half and take no part (PyTorch ports pad with zeros, which is the same for numbers >= 0).
/// @throws shape_error when x or y do not fit
template <ComputeBackend Backend, typename Scalar>
void max_pool(const Backend& backend, const VolumeWindow& window, const VolumeExtent& extent,
              MatrixView<const Scalar> x, std::type_identity_t<MatrixView<Scalar>> y) {
  nn_detail::pool_volume<false, Backend, Scalar>("max_pool", backend, window, extent, x, y);
}

/// y = the mean of each channel over each window of x; shapes as `max_pool`.
template <ComputeBackend Backend, typename Scalar>
void average_pool(const Backend& backend, const VolumeWindow& window, const VolumeExtent& extent,
                  MatrixView<const Scalar> x, std::type_identity_t<MatrixView<Scalar>> y) {
  nn_detail::pool_volume<true, Backend, Scalar>("average_pool", backend, window, extent, x, y);
}

}  // namespace flashvideo
