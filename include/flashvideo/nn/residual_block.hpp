// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "flashvideo/nn/activation.hpp"
#include "flashvideo/nn/conv2d.hpp"
#include "flashvideo/nn/group_norm.hpp"

namespace flashvideo {

/// Sizes of a residual block.
struct ResidualBlockShape {
  index_t channels = 0;       ///< of the images
  index_t hidden = 0;         ///< channels between the two convolutions
  index_t first_kernel = 3;   ///< odd
  index_t second_kernel = 1;  ///< odd
  bool bias = true;           ///< of the convolutions
  index_t norm_groups = 0;    ///< groups of the GroupNorm before each activation; 0: no norm
  index_t channels_out = 0;   ///< of the output; 0: `channels`
};

/// x + conv2(f(norm2(conv1(f(norm1(x)))))): the pre-activation block of He et al. (arXiv:1603.05027), with
/// GroupNorm or (norm_groups = 0) without any norm; images keep their size. Where the channels change, a 1x1
/// convolution `nin_shortcut` stands before the sum: y = nin_shortcut(x) + ...
///
/// Shapes: x (B H W, channels), y (B H W, channels_out), dense. `forward` keeps what `backward` needs on the
/// workspace, `apply` keeps nothing.
/// @code
/// ResidualBlock<float> block(layout, "block", {.channels = 128, .hidden = 128});
/// const auto activations = block.forward(backend, GemmProduct{}, values, extent, x, y, workspace);
/// @endcode
/// @tparam Scalar float or double
/// @tparam Activation of nn/activation.hpp
template <typename Scalar, typename Activation = Relu>
class ResidualBlock {
 public:
  /// @throws value_error when a kernel is even or the groups do not divide the channels
  ResidualBlock(ParameterLayout& layout, const std::string& name, const ResidualBlockShape& shape)
      : first_(layout, name + ".conv1", shape.channels, shape.hidden,
               {.kernel = shape.first_kernel, .padding = shape.first_kernel / 2, .bias = shape.bias}),
        second_(layout, name + ".conv2", shape.hidden,
                shape.channels_out > 0 ? shape.channels_out : shape.channels,
                {.kernel = shape.second_kernel,
                 .padding = shape.second_kernel / 2,
                 .bias = shape.bias,
                 .gain = 0.5}) {
    require<value_error>(shape.first_kernel % 2 == 1 && shape.second_kernel % 2 == 1,
                         "ResidualBlock: kernels {} and {}, expected odd ones", shape.first_kernel,
                         shape.second_kernel);
    if (shape.norm_groups > 0) {
      first_norm_.emplace(layout, name + ".norm1", shape.channels, shape.norm_groups);
      second_norm_.emplace(layout, name + ".norm2", shape.hidden, shape.norm_groups);
    }
    if (channels_out() != channels()) {
      shortcut_.emplace(layout, name + ".nin_shortcut", channels(), channels_out(),
                        ConvolutionShape{.bias = shape.bias, .gain = 0.7});
    }
  }

  /// Inputs of the activations and of the convolutions.
  struct Activations {
    MatrixView<Scalar> first_normal;       ///< norm1(x); x itself without norm
    MatrixView<Scalar> first_active;       ///< f(norm1(x))
    MatrixView<Scalar> inner;              ///< conv1(...)
    MatrixView<Scalar> second_normal;      ///< norm2(inner)
    MatrixView<Scalar> second_active;      ///< f(norm2(inner))
    MatrixView<Scalar> first_statistics;   ///< of norm1, `GroupNorm::Statistics`
    MatrixView<Scalar> second_statistics;  ///< of norm2
  };

  /// y must not be x.
  template <ComputeBackend Backend, typename Product>
  Activations forward(const Backend& backend, Product product_kind, ParameterView<const Scalar> values,
                      const ImageExtent& extent, MatrixView<const Scalar> x, MatrixView<Scalar> y,
                      Workspace<Backend>& workspace) const {
    const Shape<2> outer{extent.rows(), channels()};
    const Shape<2> inner{extent.rows(), hidden()};
    Activations activations;
    activations.first_active = workspace.template take<Scalar>(outer);
    activations.inner = workspace.template take<Scalar>(inner);
    activations.second_active = workspace.template take<Scalar>(inner);
    activations.second_normal = activations.inner;
    if (first_norm_) {
      activations.first_normal = workspace.template take<Scalar>(outer);
      activations.second_normal = workspace.template take<Scalar>(inner);
    }
    run(backend, product_kind, values, extent, x, y, activations, workspace);
    return activations;
  }

  /// The same y, bit for bit, for inference: at most three images of working memory, given back.
  /// @param y must not be x
  template <ComputeBackend Backend, typename Product>
  void apply(const Backend& backend, Product product_kind, ParameterView<const Scalar> values,
             const ImageExtent& extent, MatrixView<const Scalar> x, MatrixView<Scalar> y,
             Workspace<Backend>& workspace) const {
    const auto mark = workspace.mark();
    Activations activations;
    activations.first_active = workspace.template take<Scalar>(Shape<2>{extent.rows(), channels()});
    activations.inner = workspace.template take<Scalar>(Shape<2>{extent.rows(), hidden()});
    activations.first_normal = activations.first_active;
    activations.second_normal = activations.second_active = activations.inner;
    run(backend, product_kind, values, extent, x, y, activations, workspace);
    workspace.release(mark);
  }

  /// dx = dy (through the shortcut, where there is one) + the gradient through the branch.
  /// @param x the input of `forward`
  /// @param dx must not be dy
  template <ComputeBackend Backend>
  void backward(const Backend& backend, ParameterView<const Scalar> values, const ImageExtent& extent,
                MatrixView<const Scalar> x, const Activations& activations, MatrixView<const Scalar> dy,
                MatrixView<Scalar> dx, ParameterView<Scalar> gradients, Workspace<Backend>& workspace) const {
    const auto mark = workspace.mark();
    const auto d_inner = workspace.template take<Scalar>(Shape<2>{extent.rows(), hidden()});
    const auto d_outer = workspace.template take<Scalar>(Shape<2>{extent.rows(), channels()});
    second_.backward(backend, values, extent, activations.second_active, dy, d_inner, gradients, workspace);
    activate_backward<Activation, Backend, Scalar>(backend, activations.second_normal, d_inner, d_inner);
    if (second_norm_)
      second_norm_->backward(backend, values, extent, activations.inner, activations.second_statistics,
                             d_inner, d_inner, gradients);
    first_.backward(backend, values, extent, activations.first_active, d_inner, d_outer, gradients,
                    workspace);
    if (shortcut_) {
      shortcut_->backward(backend, values, extent, x, dy, dx, gradients, workspace);
    } else {
      backend.copy(dx.data(), dy.data(), dy.size());
    }
    if (first_norm_) {
      activate_backward<Activation, Backend, Scalar>(backend, activations.first_normal, d_outer, d_outer);
      first_norm_->backward(backend, values, extent, x, activations.first_statistics, d_outer, dx, gradients,
                            true);
    } else {
      activate_backward<Activation, Backend, Scalar>(backend, x, d_outer, dx, true);
    }
    workspace.release(mark);
  }

  /// Channels of x.
  index_t channels() const { return first_.d_in(); }
  /// Channels of y.
  index_t channels_out() const { return second_.d_out(); }
  /// Channels between the two convolutions.
  index_t hidden() const { return first_.d_out(); }
  /// @{
  /// The two convolutions.
  const Conv2d<Scalar>& first() const { return first_; }
  const Conv2d<Scalar>& second() const { return second_; }
  /// @}
  /// Pixels to each side that an output pixel depends on.
  index_t reach() const { return first_.shape().padding + second_.shape().padding; }

 private:
  /// Into the views of `activations`, some of which may be one.
  template <ComputeBackend Backend, typename Product>
  void run(const Backend& backend, Product product_kind, ParameterView<const Scalar> values,
           const ImageExtent& extent, MatrixView<const Scalar> x, MatrixView<Scalar> y,
           Activations& activations, Workspace<Backend>& workspace) const {
    if (first_norm_) {
      activations.first_statistics =
          first_norm_->forward(backend, values, extent, x, activations.first_normal, workspace);
    }
    activate<Activation, Backend, Scalar>(backend, first_norm_ ? activations.first_normal : x,
                                          activations.first_active);
    first_.forward(backend, product_kind, values, extent, activations.first_active, activations.inner,
                   workspace);
    if (second_norm_) {
      activations.second_statistics = second_norm_->forward(backend, values, extent, activations.inner,
                                                            activations.second_normal, workspace);
    }
    activate<Activation, Backend, Scalar>(backend, activations.second_normal, activations.second_active);
    second_.forward(backend, product_kind, values, extent, activations.second_active, y, workspace);
    if (!shortcut_) {
      add_to<Backend, Scalar>(backend, x, y);
      return;
    }
    const auto mark = workspace.mark();
    const auto shortcut = workspace.template take<Scalar>(y.shape());
    shortcut_->forward(backend, product_kind, values, extent, x, shortcut, workspace);
    add_to<Backend, Scalar>(backend, shortcut, y);
    workspace.release(mark);
  }

  Conv2d<Scalar> first_;
  Conv2d<Scalar> second_;
  std::optional<GroupNorm<Scalar>> first_norm_;
  std::optional<GroupNorm<Scalar>> second_norm_;
  std::optional<Conv2d<Scalar>> shortcut_;
};

}  // namespace flashvideo
