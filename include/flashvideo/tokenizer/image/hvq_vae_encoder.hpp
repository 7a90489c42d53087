// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "flashvideo/nn/volume_pooling.hpp"
#include "flashvideo/tokenizer/image/hvq_vae_configuration.hpp"
#include "flashvideo/tokenizer/image/hvq_vae_level.hpp"

namespace flashvideo {

/// Half the extent: the mean of each 2 x 2 pixels plus a 3x3 convolution of stride 2 over the image with one row and
/// one column of zeros below and to the right; `name.conv_down_sampler.conv`.
/// @tparam Scalar float or double
template <typename Scalar>
class HvqVaeHalving {
 public:
  /// Registers the convolution.
  HvqVaeHalving(ParameterLayout& layout, const std::string& name, index_t channels)
      : conv_(layout, name + ".conv_down_sampler.conv", channels, channels,
              {.kernel = 3, .stride = 2, .trailing = 1}) {}

  /// @param images of even extent
  template <ComputeBackend Backend, typename Product>
  void apply(const Backend& backend, Product product_kind, ParameterView<const Scalar> values,
             ImageBuffers<Scalar>& images, Workspace<Backend>& workspace) const {
    const ImageExtent in = images.extent();
    images.step(conv_.output_extent(in), conv_.d_out(), [&](const auto& x, const auto& y) {
      const auto mark = workspace.mark();
      const auto mean = workspace.template take<Scalar>(y.shape());
      conv_.forward(backend, product_kind, values, in, x, y, workspace);
      average_pool<Backend, Scalar>(backend, {{1, 2, 2}, {1, 2, 2}, VolumePadding::valid},
                                    {in.count, 1, in.height, in.width}, x, mean);
      add_to<Backend, Scalar>(backend, mean, y);
      workspace.release(mark);
    });
  }

 private:
  Conv2d<Scalar> conv_;
};

/// Images to the latents of the finest rate: a 3x3 convolution; for each resolution residual blocks and a convolution
/// of stride 2; two blocks with an attention between them; norm, swish, a convolution. Then `HvqVaeHalving`, as often
/// as the rate asks.
///
/// Shapes: images (B H W, 3), latents (B H/rate W/rate, latent_channels). Names: icetk's, `enc.` and `down_samplers.`.
/// @tparam Scalar float or double
template <typename Scalar>
class HvqVaeEncoder {
 public:
  /// Registers all.
  HvqVaeEncoder(ParameterLayout& layout, const HvqVaeConfiguration& configuration)
      : in_(layout, "enc.conv_in", 3, configuration.channels, {.kernel = 3, .padding = 1}),
        end_(layout, "enc", configuration.channels * configuration.encoder_multipliers.back(),
             configuration.latent_channels, configuration.norm_groups) {
    for (const index_t multiplier : configuration.encoder_multipliers)
      channels_.push_back(multiplier * configuration.channels);
    const index_t groups = configuration.norm_groups;
    index_t d_in = configuration.channels;
    for (std::size_t i = 0; i < channels_.size(); ++i) {
      const std::string prefix = "enc.down." + std::to_string(i);
      levels_.push_back(HvqVaeLevel<Scalar>::resolution(layout, prefix, d_in, channels_[i],
                                                        configuration.encoder_blocks, groups,
                                                        configuration.attends(i)));
      d_in = channels_[i];
      if (i + 1 < channels_.size()) {
        smaller_.emplace_back(layout, prefix + ".downsample.conv", d_in, d_in,
                              ConvolutionShape{.kernel = 3, .stride = 2, .trailing = 1});
      }
    }
    levels_.push_back(HvqVaeLevel<Scalar>::middle(layout, "enc.mid", d_in, groups));
    for (std::size_t i = 0; i + 1 < configuration.decoders.size(); ++i) {
      halvings_.emplace_back(layout, "down_samplers." + std::to_string(i), configuration.latent_channels);
    }
  }

  /// Extent of the latents.
  ImageExtent cells_of(const ImageExtent& images, std::size_t halvings) const {
    return ImageBuffers<Scalar>::at_level(images, channels_.size() - 1 + halvings);
  }

  /// @param halvings behind the finest rate
  /// @param latents (cells, latent_channels)
  template <ComputeBackend Backend, typename Product>
  void forward(const Backend& backend, Product product_kind, ParameterView<const Scalar> values,
               const ImageExtent& extent, MatrixView<const Scalar> images, std::size_t halvings,
               MatrixView<Scalar> latents, Workspace<Backend>& workspace) const {
    using Buffers = ImageBuffers<Scalar>;
    const auto mark = workspace.mark();
    Buffers x(workspace, extent,
              (std::max)(Buffers::largest(channels_, extent), cells_of(extent, 0).rows() * latents.width()));
    x.step(extent, in_.d_out(), [&](const auto&, const auto& y) {
      in_.forward(backend, product_kind, values, extent, images, y, workspace);
    });
    for (std::size_t i = 0; i < levels_.size(); ++i) {
      levels_[i].apply(backend, product_kind, values, x, workspace);
      if (i >= smaller_.size()) continue;
      const ImageExtent fine = x.extent();
      x.step(smaller_[i].output_extent(fine), smaller_[i].d_out(), [&](const auto& in, const auto& out) {
        smaller_[i].forward(backend, product_kind, values, fine, in, out, workspace);
      });
    }
    end_.apply(backend, product_kind, values, x, workspace);
    for (std::size_t i = 0; i < halvings; ++i)
      halvings_[i].apply(backend, product_kind, values, x, workspace);
    backend.copy(latents.data(), x.images().data(), latents.size());
    workspace.release(mark);
  }

 private:
  Conv2d<Scalar> in_;
  HvqVaeEnd<Scalar> end_;
  std::vector<index_t> channels_;            // of each resolution
  std::vector<HvqVaeLevel<Scalar>> levels_;  // the resolutions, then the middle
  std::vector<Conv2d<Scalar>> smaller_;      // behind all resolutions but the last
  std::vector<HvqVaeHalving<Scalar>> halvings_;
};

}  // namespace flashvideo
