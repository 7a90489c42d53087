// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string>
#include <vector>

#include "flashvideo/nn/residual_block.hpp"
#include "flashvideo/tokenizer/image/vq_vae_configuration.hpp"

namespace flashvideo {

/// Images to latents: for each entry of `encoder_channels` a strided convolution and an activation; a
/// convolution; residual blocks; an activation; a 1x1 convolution to the width of a code.
///
/// Shapes: images (B H W, 3) in [-1, 1], latents (B H/patch W/patch, code_width).
template <typename Scalar, typename Activation = Relu>
class ImageEncoder {
 public:
  using Block = ResidualBlock<Scalar, Activation>;  ///< behind the stages

  /// Registers the convolutions under the prefix.
  ImageEncoder(ParameterLayout& layout, const std::string& prefix, const VqVaeConfiguration& config)
      : stages_(make_stages(layout, prefix, config)),
        middle_(layout, prefix + "middle", config.encoder_channels.back(), config.encoder_channels.back(),
                {.kernel = config.encoder.block_kernel, .padding = config.encoder.block_kernel / 2}) {
    for (index_t i = 0; i < config.encoder_blocks; ++i) {
      blocks_.emplace_back(layout, prefix + "block." + std::to_string(i),
                           ResidualBlockShape{.channels = config.encoder_channels.back(),
                                              .hidden = config.encoder_hidden,
                                              .first_kernel = config.encoder.block_kernel,
                                              .second_kernel = 1,
                                              .bias = config.block_bias,
                                              .norm_groups = config.norm_groups});
    }
    project_.emplace_back(layout, prefix + "project", config.encoder_channels.back(), config.code_width,
                          ConvolutionShape{.kernel = 1, .gain = 0.7});
  }

  /// What `backward` needs.
  struct Activations {
    std::array<ImageExtent, max_image_stages + 1> extents{};    ///< before each stage, and after the last
    std::array<MatrixView<Scalar>, max_image_stages> raw{};     ///< before the activation
    std::array<MatrixView<Scalar>, max_image_stages> active{};  ///< after it
    std::array<MatrixView<Scalar>, max_image_blocks + 1>
        chain{};  ///< the blocks' input, then each block's output
    std::array<typename Block::Activations, max_image_blocks> blocks{};  ///< each block's part
    MatrixView<Scalar> features{};                                       ///< activated end of the chain
    MatrixView<Scalar> latents{};                                        ///< (B H/patch W/patch, code_width)
  };

  /// The latents of images.
  template <ComputeBackend Backend, typename Product>
  Activations forward(const Backend& backend, Product product_kind, ParameterView<const Scalar> values,
                      const ImageExtent& extent, MatrixView<const Scalar> images,
                      Workspace<Backend>& workspace) const {
    Activations activations;
    activations.extents[0] = extent;
    MatrixView<const Scalar> x = images;
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      const ImageExtent out = stages_[i].output_extent(activations.extents[i]);
      activations.extents[i + 1] = out;
      activations.raw[i] = workspace.template take<Scalar>(Shape<2>{out.rows(), stages_[i].d_out()});
      activations.active[i] = workspace.template take<Scalar>(Shape<2>{out.rows(), stages_[i].d_out()});
      stages_[i].forward(backend, product_kind, values, activations.extents[i], x, activations.raw[i],
                         workspace);
      activate<Activation, Backend, Scalar>(backend, activations.raw[i], activations.active[i]);
      x = activations.active[i];
    }
    const ImageExtent cells = activations.extents[stages_.size()];
    const Shape<2> wide{cells.rows(), middle_.d_out()};
    activations.chain[0] = workspace.template take<Scalar>(wide);
    middle_.forward(backend, product_kind, values, cells, x, activations.chain[0], workspace);
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      activations.chain[i + 1] = workspace.template take<Scalar>(wide);
      activations.blocks[i] = blocks_[i].forward(backend, product_kind, values, cells, activations.chain[i],
                                                 activations.chain[i + 1], workspace);
    }
    activations.features = workspace.template take<Scalar>(wide);
    activate<Activation, Backend, Scalar>(backend, activations.chain[blocks_.size()], activations.features);
    activations.latents = workspace.template take<Scalar>(Shape<2>{cells.rows(), project().d_out()});
    project().forward(backend, product_kind, values, cells, activations.features, activations.latents,
                      workspace);
    return activations;
  }

  /// Adds the parameters' gradients of d_latents (B cells, code_width).
  template <ComputeBackend Backend>
  void backward(const Backend& backend, ParameterView<const Scalar> values, MatrixView<const Scalar> images,
                const Activations& activations, MatrixView<const Scalar> d_latents,
                ParameterView<Scalar> gradients, Workspace<Backend>& workspace) const {
    const auto mark = workspace.mark();
    const ImageExtent cells = activations.extents[stages_.size()];
    const Shape<2> wide{cells.rows(), middle_.d_out()};
    MatrixView<Scalar> d = workspace.template take<Scalar>(wide);
    MatrixView<Scalar> d_next = workspace.template take<Scalar>(wide);
    project().backward(backend, values, cells, activations.features, d_latents, d, gradients, workspace);
    activate_backward<Activation, Backend, Scalar>(backend, activations.chain[blocks_.size()], d, d);
    for (std::size_t i = blocks_.size(); i-- > 0;) {
      blocks_[i].backward(backend, values, cells, activations.chain[i], activations.blocks[i], d, d_next,
                          gradients, workspace);
      std::swap(d, d_next);
    }
    const std::size_t last = stages_.size() - 1;
    middle_.backward(backend, values, cells, activations.active[last], d, d_next, gradients, workspace);
    d = d_next;
    for (std::size_t i = last + 1; i-- > 0;) {
      activate_backward<Activation, Backend, Scalar>(backend, activations.raw[i], d, d);
      MatrixView<Scalar> d_input;
      if (i > 0) d_input = workspace.template take<Scalar>(activations.active[i - 1].shape());
      stages_[i].backward(backend, values, activations.extents[i], i > 0 ? activations.active[i - 1] : images,
                          d, d_input, gradients, workspace);
      d = d_input;
    }
    workspace.release(mark);
  }

  /// The convolutions that make the picture smaller.
  const std::vector<Conv2d<Scalar>>& stages() const { return stages_; }
  /// The convolution behind them.
  const Conv2d<Scalar>& middle() const { return middle_; }
  /// The residual blocks.
  const std::vector<Block>& blocks() const { return blocks_; }
  /// The convolution to the width of a code.
  const Conv2d<Scalar>& project() const { return project_.front(); }

 private:
  static std::vector<Conv2d<Scalar>> make_stages(ParameterLayout& layout, const std::string& prefix,
                                                 const VqVaeConfiguration& config) {
    config.check();
    std::vector<Conv2d<Scalar>> stages;
    index_t channels = 3;
    for (std::size_t i = 0; i < config.encoder_channels.size(); ++i) {
      stages.emplace_back(layout, prefix + "stage." + std::to_string(i), channels, config.encoder_channels[i],
                          ConvolutionShape{.kernel = config.encoder.stage_kernel,
                                           .stride = config.encoder.stage_stride,
                                           .padding = config.encoder.stage_padding});
      channels = config.encoder_channels[i];
    }
    return stages;
  }

  std::vector<Conv2d<Scalar>> stages_;
  Conv2d<Scalar> middle_;
  std::vector<Block> blocks_;
  std::vector<Conv2d<Scalar>> project_;  // one; made after the blocks
};

}  // namespace flashvideo
