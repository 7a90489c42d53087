// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <string>

#include "flashvideo/backend/product.hpp"
#include "flashvideo/backend/workspace.hpp"
#include "flashvideo/nn/activation.hpp"
#include "flashvideo/nn/parameter.hpp"
#include "flashvideo/nn/volume_patches.hpp"

namespace flashvideo {

/// y(r, c) = f(y(r, c) + bias(c)), one row per call.
template <typename Activation, typename Scalar>
struct BiasAndActivation {
  MatrixView<Scalar> y;  ///< (R, channels), in place
  const Scalar* bias;    ///< (channels)
  /// Row r.
  FLASHVIDEO_HOST_DEVICE void operator()(index_t r) const {
    Scalar* row = y.row(r);
    const index_t columns = y.extent(1);
    FLASHVIDEO_INDEPENDENT
    for (index_t c = 0; c < columns; ++c) row[c] = Activation::value(row[c] + bias[c]);
  }
};

/// Three-dimensional convolution of channels-last videos with a bias and an activation, as a product of
/// gathered windows; for inference (feature networks of metrics), so there is no backward pass:
/// y(t, y, x, o) = f(bias(o) + sum_{kt, ky, kx, i} w(o, kt, ky, kx, i) x(t s - p + kt, y s - p + ky, ..., i)).
///
/// Shapes: x (B T H W, d_in) dense, w (d_out, kt, kh, kw, d_in), y (B T' H' W', d_out), which may be a block
/// of columns of a wider matrix (branches that are joined). With `RowsProduct` every number of y has the same
/// bits for any batch, threads and instruction set.
/// @code
/// Conv3d<float> conv(layout, "conv", 3, 64, {.kernel = {7, 7, 7}, .stride = {2, 2, 2}});
/// conv.forward<Relu>(backend, GemmProduct{}, values, extent, x, y, workspace);
/// @endcode
/// @tparam Scalar float or double
template <typename Scalar>
class Conv3d {
 public:
  /// Registers `name.weight` and `name.bias`.
  Conv3d(ParameterLayout& layout, const std::string& name, index_t d_in, index_t d_out,
         const VolumeWindow& window)
      : window_(window),
        weight_(layout.add(
            name + ".weight",
            Shape<5>{d_out, window.kernel.frames, window.kernel.height, window.kernel.width, d_in},
            Initializer::normal(
                std::sqrt(2.0 / static_cast<double>(d_in * window.kernel.frames * window.kernel.height *
                                                    window.kernel.width))))),
        bias_(layout.add(name + ".bias", Shape<1>{d_out}, Initializer::constant(0))) {}

  /// Extent of the output.
  /// @throws shape_error for a video smaller than a `valid` window
  VolumeExtent output_extent(const VolumeExtent& in) const { return VolumeGrid(window_, in).coarse; }

  /// @throws shape_error when x or y do not fit the extent
  template <typename Activation, ComputeBackend Backend, typename Product>
  void forward(const Backend& backend, Product product_kind, ParameterView<const Scalar> values,
               const VolumeExtent& extent, MatrixView<const Scalar> x, MatrixView<Scalar> y,
               Workspace<Backend>& workspace) const {
    const VolumeGrid grid(window_, extent);
    require<shape_error>(x.shape() == Shape<2>{extent.rows(), d_in()} && x.dense() &&
                             y.shape() == Shape<2>{grid.coarse.rows(), d_out()},
                         "Conv3d::forward: x is {} and y is {}, expected dense ({}, {}) and ({}, {})",
                         shape_text(x.shape()), shape_text(y.shape()), extent.rows(), d_in(),
                         grid.coarse.rows(), d_out());
    const index_t patch = grid.window_pixels() * d_in();
    const MatrixView<const Scalar> w{values[weight_].data(), {d_out(), patch}};
    const bool is_row_map = patch == d_in() && grid.stride == VolumeSteps{};
    const index_t most = is_row_map ? (std::max<index_t>)(1, y.rows()) : cells_of_slice(patch, y.rows());
    const auto mark = workspace.mark();
    const auto patches =
        is_row_map ? MatrixView<Scalar>{} : workspace.template take<Scalar>(Shape<2>{most, patch});
    for (index_t first = 0; first < y.rows(); first += most) {
      const index_t cells = (std::min)(most, y.rows() - first);
      const MatrixView<Scalar> part = y.rows(first, cells);
      MatrixView<const Scalar> windows = x;
      if (!is_row_map) {
        backend.for_each(cells, GatherVolumePatches<Scalar>{grid, d_in(), x.data(), patches.data(), first},
                         patch);
        windows = patches.rows(0, cells);
      }
      product(backend, product_kind, windows, w, part);
      backend.for_each(cells, BiasAndActivation<Activation, Scalar>{part, values[bias_].data()}, d_out());
    }
    workspace.release(mark);
  }

  /// Channels of x.
  index_t d_in() const { return weight_.shape[4]; }
  /// Channels of y.
  index_t d_out() const { return weight_.shape[0]; }
  /// Kernel, stride and padding.
  const VolumeWindow& window() const { return window_; }
  /// (d_out, kt, kh, kw, d_in)
  const Parameter<5>& weight() const { return weight_; }
  /// (d_out)
  const Parameter<1>& bias() const { return bias_; }

  /// PyTorch's (d_out, d_in, kt, kh, kw) -> ours (d_out, kt, kh, kw, d_in), on the host.
  template <typename Source>
  void weight_from_torch(const Source* theirs, Scalar* ours) const {
    const index_t window = window_.kernel.frames * window_.kernel.height * window_.kernel.width;
    for (index_t o = 0; o < d_out(); ++o) {
      for (index_t k = 0; k < window; ++k) {
        for (index_t i = 0; i < d_in(); ++i)
          ours[(o * window + k) * d_in() + i] = static_cast<Scalar>(theirs[(o * d_in() + i) * window + k]);
      }
    }
  }

 private:
  /// Cells whose patch matrix stays near 2^19 numbers, so that it is in the cache when the product reads it.
  static index_t cells_of_slice(index_t patch, index_t cells) {
    constexpr index_t budget = index_t{1} << 19, fewest = 256;
    return std::clamp<index_t>(budget / patch, (std::min)(fewest, cells), (std::max<index_t>)(1, cells));
  }

  VolumeWindow window_;
  Parameter<5> weight_;  // (d_out, kt, kh, kw, d_in)
  Parameter<1> bias_;    // (d_out)
};

}  // namespace flashvideo
