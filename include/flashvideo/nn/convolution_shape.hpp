// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <string>

#include "flashvideo/backend/workspace.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/nn/image_patches.hpp"
#include "flashvideo/nn/parameter.hpp"

namespace flashvideo {

/// Window of a convolution.
struct ConvolutionShape {
  index_t kernel = 1;    ///< pixels of the window's side
  index_t stride = 1;    ///< pixels from window to window
  index_t padding = 0;   ///< zeros around the image
  index_t trailing = 0;  ///< zeros below and to the right of it besides
  bool bias = true;      ///< whether there is one
  double gain = 1;       ///< weights start normal with deviation gain sqrt(2 / fan_in) (He et al.)
};

namespace nn_detail {

/// What a convolution and a transposed one share: the window, its parameters, and the walk over slices of images whose
/// windows fit into the cache.
/// @tparam Scalar float or double
template <typename Scalar>
class WindowMap {
 public:
  /// As it was given.
  const ConvolutionShape& shape() const { return shape_; }
  /// The windows' weights; their order is the map's.
  const Parameter<4>& weight() const { return weight_; }
  /// (d_out); nothing without a bias.
  const Parameter<1>& bias() const { return bias_; }

 protected:
  /// @param owner stands at the beginning of messages
  /// @param fan_in input numbers that one output number sums over
  WindowMap(const char* owner, ParameterLayout& layout, const std::string& name, const Shape<4>& weight,
            index_t d_out, double fan_in, const ConvolutionShape& shape)
      : owner_(owner),
        shape_(shape),
        weight_(
            layout.add(name + ".weight", weight, Initializer::normal(shape.gain * std::sqrt(2.0 / fan_in)))) {
    require<value_error>(
        shape.kernel >= 1 && shape.stride >= 1 && shape.padding >= 0 && shape.padding < shape.kernel,
        "{}: kernel {}, stride {}, padding {}, expected kernel, stride >= 1 and 0 <= padding < kernel", owner,
        shape.kernel, shape.stride, shape.padding);
    if (shape.bias) bias_ = layout.add(name + ".bias", Shape<1>{d_out}, Initializer::constant(0));
  }

  /// @throws shape_error unless x is (rows of in, d_in) and y (rows of out, d_out), both dense
  void check_images(const char* function, const ImageExtent& in, index_t d_in, const ImageExtent& out,
                    index_t d_out, const MatrixView<const Scalar>& x,
                    const MatrixView<const Scalar>& y) const {
    require<shape_error>(x.shape() == Shape<2>{in.rows(), d_in} && y.shape() == Shape<2>{out.rows(), d_out} &&
                             x.dense() && y.dense(),
                         "{}::{}: x is {} and y is {}, expected dense ({}, {}) and ({}, {})", owner_,
                         function, shape_text(x.shape()), shape_text(y.shape()), in.rows(), d_in, out.rows(),
                         d_out);
  }

  /// body(first row of the coarse images, of the fine ones, grid of the slice, window matrix) for every slice.
  template <typename Backend, typename Body>
  static void for_each_slice(Workspace<Backend>& workspace, const PatchGrid& grid, const Body& body) {
    const index_t most = images_of_slice(grid);
    const auto mark = workspace.mark();
    const auto patches =
        workspace.template take<Scalar>(Shape<2>{most * grid.coarse.pixels(), grid.patch_size()});
    for (index_t b = 0; b < grid.fine.count; b += most) {
      const PatchGrid slice = slice_of(grid, (std::min)(most, grid.fine.count - b));
      body(b * grid.coarse.pixels(), b * grid.fine.pixels(), slice, patches.rows(0, slice.coarse.rows()));
    }
    workspace.release(mark);
  }

  const char* owner_;
  ConvolutionShape shape_;
  Parameter<4> weight_;
  Parameter<1> bias_;
};

}  // namespace nn_detail

}  // namespace flashvideo
