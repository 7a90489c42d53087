// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string>
#include <vector>

#include "flashvideo/nn/conv_transpose2d.hpp"
#include "flashvideo/nn/residual_block.hpp"
#include "flashvideo/tokenizer/image/vq_vae_configuration.hpp"

namespace flashvideo {

/// Pixels that one code can change, along either axis, counted from the first pixel of its own patch:
/// [first, end).
struct ReceptiveField {
  index_t first = 0;  ///< pixels, 0 or below
  index_t end = 0;    ///< pixels
};

/// Code vectors to images: a 3x3 convolution; then for each stage residual blocks (3x3), an activation and a
/// transposed convolution to the next stage, the last one to the three colours. No statistics over space, so
/// a code changes only the pixels of `receptive_field()`.
///
/// Shapes: codes (B h w, code_width), images (B h patch w patch, 3), near [-1, 1] and not clamped.
template <typename Scalar, typename Activation = Relu>
class ImageDecoder {
 public:
  using Block = ResidualBlock<Scalar, Activation>;  ///< of a stage

  /// Registers the convolutions under the prefix.
  /// @throws value_error naming the rule that the configuration breaks
  ImageDecoder(ParameterLayout& layout, const std::string& prefix, const VqVaeConfiguration& config)
      : enter_(layout, prefix + "enter", config.code_width, config.decoder.front().channels,
               {.kernel = 3, .padding = 1}) {
    config.check();
    for (std::size_t s = 0; s < config.decoder.size(); ++s) {
      const DecoderStage& stage = config.decoder[s];
      const bool last = s + 1 == config.decoder.size();
      const std::string name = prefix + "stage." + std::to_string(s);
      blocks_.emplace_back();
      for (index_t i = 0; i < stage.blocks; ++i) {
        blocks_.back().emplace_back(layout, name + ".block." + std::to_string(i),
                                    ResidualBlockShape{.channels = stage.channels,
                                                       .hidden = stage.hidden,
                                                       .first_kernel = 3,
                                                       .second_kernel = 1,
                                                       .bias = config.block_bias});
      }
      enlarge_.emplace_back(layout, name + ".enlarge", stage.channels,
                            last ? 3 : config.decoder[s + 1].channels,
                            ConvolutionShape{.kernel = stage.upsample * (stage.overlaps ? 2 : 1),
                                             .stride = stage.upsample,
                                             .padding = stage.overlaps ? stage.upsample / 2 : 0,
                                             .gain = last ? 0.3 : 1.0});
    }
  }

  /// What `backward` needs.
  struct Activations {
    /// One stage's part.
    struct Stage {
      ImageExtent extent{};                                          ///< of its images
      std::array<MatrixView<Scalar>, max_image_blocks + 1> chain{};  ///< its input, then each block's output
      std::array<typename Block::Activations, max_image_blocks> blocks{};  ///< each block's part
      MatrixView<Scalar> active{};                                         ///< activated end of the chain
    };
    std::array<Stage, max_image_stages> stages{};  ///< the first of them in use
    MatrixView<Scalar> images{};                   ///< (B h patch w patch, 3)
  };

  /// @param cells count, height and width of the grid of codes
  template <ComputeBackend Backend, typename Product>
  Activations forward(const Backend& backend, Product product_kind, ParameterView<const Scalar> values,
                      const ImageExtent& cells, MatrixView<const Scalar> codes,
                      Workspace<Backend>& workspace) const {
    Activations activations;
    ImageExtent extent = cells;
    MatrixView<Scalar> x = workspace.template take<Scalar>(Shape<2>{cells.rows(), enter_.d_out()});
    enter_.forward(backend, product_kind, values, cells, codes, x, workspace);
    for (std::size_t s = 0; s < enlarge_.size(); ++s) {
      auto& stage = activations.stages[s];
      const std::vector<Block>& blocks = blocks_[s];
      stage.extent = extent;
      stage.chain[0] = x;
      for (std::size_t i = 0; i < blocks.size(); ++i) {
        stage.chain[i + 1] = workspace.template take<Scalar>(x.shape());
        stage.blocks[i] = blocks[i].forward(backend, product_kind, values, extent, stage.chain[i],
                                            stage.chain[i + 1], workspace);
      }
      stage.active = workspace.template take<Scalar>(x.shape());
      activate<Activation, Backend, Scalar>(backend, stage.chain[blocks.size()], stage.active);
      const ImageExtent larger = enlarge_[s].output_extent(extent);
      x = workspace.template take<Scalar>(Shape<2>{larger.rows(), enlarge_[s].d_out()});
      enlarge_[s].forward(backend, product_kind, values, extent, stage.active, x, workspace);
      extent = larger;
    }
    activations.images = x;
    return activations;
  }

  /// Adds the parameters' gradients of d_images and writes d_codes (B h w, code_width).
  template <ComputeBackend Backend>
  void backward(const Backend& backend, ParameterView<const Scalar> values, MatrixView<const Scalar> codes,
                const Activations& activations, MatrixView<const Scalar> d_images, MatrixView<Scalar> d_codes,
                ParameterView<Scalar> gradients, Workspace<Backend>& workspace) const {
    const auto mark = workspace.mark();
    MatrixView<const Scalar> d_out = d_images;
    for (std::size_t s = enlarge_.size(); s-- > 0;) {
      const auto& stage = activations.stages[s];
      const std::vector<Block>& blocks = blocks_[s];
      MatrixView<Scalar> d = workspace.template take<Scalar>(stage.active.shape());
      MatrixView<Scalar> d_next = workspace.template take<Scalar>(stage.active.shape());
      enlarge_[s].backward(backend, values, stage.extent, stage.active, d_out, d, gradients, workspace);
      activate_backward<Activation, Backend, Scalar>(backend, stage.chain[blocks.size()], d, d);
      for (std::size_t i = blocks.size(); i-- > 0;) {
        blocks[i].backward(backend, values, stage.extent, stage.chain[i], stage.blocks[i], d, d_next,
                           gradients, workspace);
        std::swap(d, d_next);
      }
      d_out = d;
    }
    enter_.backward(backend, values, activations.stages[0].extent, codes, d_out, d_codes, gradients,
                    workspace);
    workspace.release(mark);
  }

  /// Follows one code through every convolution.
  ReceptiveField receptive_field() const {
    ReceptiveField field{-enter_.shape().padding, 1 + enter_.shape().padding};
    for (std::size_t s = 0; s < enlarge_.size(); ++s) {
      for (const Block& block : blocks_[s]) {
        field.first -= block.reach();
        field.end += block.reach();
      }
      const ConvolutionShape& up = enlarge_[s].shape();
      field.first = field.first * up.stride - up.padding;
      field.end = (field.end - 1) * up.stride - up.padding + up.kernel;
    }
    return field;
  }

  /// The first convolution.
  const Conv2d<Scalar>& enter() const { return enter_; }
  /// The residual blocks of a stage.
  const std::vector<Block>& blocks(std::size_t stage) const { return blocks_[stage]; }
  /// The transposed convolution of each stage.
  const std::vector<ConvTranspose2d<Scalar>>& enlarge() const { return enlarge_; }

 private:
  Conv2d<Scalar> enter_;
  std::vector<std::vector<Block>> blocks_;  // by stage
  std::vector<ConvTranspose2d<Scalar>> enlarge_;
};

}  // namespace flashvideo
