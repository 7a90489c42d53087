// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "flashvideo/nn/enlarge_nearest.hpp"
#include "flashvideo/tokenizer/image/hvq_vae_configuration.hpp"
#include "flashvideo/tokenizer/image/hvq_vae_level.hpp"

namespace flashvideo {

/// Code vectors to images: a 3x3 convolution; two blocks with an attention between them; for each resolution, the
/// coarsest first, residual blocks, then every pixel twice and a 3x3 convolution; norm, swish, a convolution to the
/// three colours.
///
/// Shapes: codes (B h w, code_width), images (B H W, 3). Names: icetk's, `decs.{i}.`.
/// @tparam Scalar float or double
template <typename Scalar>
class HvqVaeDecoder {
 public:
  /// Registers all under `prefix`.
  HvqVaeDecoder(ParameterLayout& layout, const std::string& prefix, const HvqVaeConfiguration& configuration,
                const HvqVaeDecoderShape& shape)
      : in_(layout, prefix + ".conv_in", configuration.code_width,
            configuration.channels * shape.multipliers.back(), {.kernel = 3, .padding = 1}),
        middle_(HvqVaeLevel<Scalar>::middle(layout, prefix + ".mid", in_.d_out(), configuration.norm_groups)),
        end_(layout, prefix, configuration.channels * shape.multipliers.front(), 3,
             configuration.norm_groups) {
    for (const index_t multiplier : shape.multipliers)
      channels_.push_back(multiplier * configuration.channels);
    const std::size_t last = channels_.size() - 1;
    for (std::size_t i = last + 1; i-- > 0;) {
      const std::string name = prefix + ".up." + std::to_string(i);
      levels_.push_back(HvqVaeLevel<Scalar>::resolution(layout, name, channels_[(std::min)(i + 1, last)],
                                                        channels_[i], shape.blocks, configuration.norm_groups,
                                                        configuration.attends(i)));
      if (i > 0) {
        larger_.emplace_back(layout, name + ".upsample.conv", channels_[i], channels_[i],
                             ConvolutionShape{.kernel = 3, .padding = 1});
      }
    }
  }

  /// Extent of the images.
  ImageExtent images_of(const ImageExtent& cells) const {
    return {cells.count, cells.height << larger_.size(), cells.width << larger_.size()};
  }

  /// @param images (B H W, 3)
  template <ComputeBackend Backend, typename Product>
  void forward(const Backend& backend, Product product_kind, ParameterView<const Scalar> values,
               const ImageExtent& cells, MatrixView<const Scalar> codes, MatrixView<Scalar> images,
               Workspace<Backend>& workspace) const {
    const auto mark = workspace.mark();
    ImageBuffers<Scalar> x(workspace, cells, ImageBuffers<Scalar>::largest(channels_, images_of(cells)));
    x.step(cells, in_.d_out(), [&](const auto&, const auto& y) {
      in_.forward(backend, product_kind, values, cells, codes, y, workspace);
    });
    middle_.apply(backend, product_kind, values, x, workspace);
    for (std::size_t i = 0; i < levels_.size(); ++i) {
      levels_[i].apply(backend, product_kind, values, x, workspace);
      if (i < larger_.size()) enlarge(backend, product_kind, values, larger_[i], x, workspace);
    }
    end_.apply(backend, product_kind, values, x, workspace);
    backend.copy(images.data(), x.images().data(), images.size());
    workspace.release(mark);
  }

 private:
  template <typename Backend, typename Product>
  static void enlarge(const Backend& backend, Product product_kind, ParameterView<const Scalar> values,
                      const Conv2d<Scalar>& convolution, ImageBuffers<Scalar>& images,
                      Workspace<Backend>& workspace) {
    const ImageExtent coarse = images.extent();
    const ImageExtent fine{coarse.count, 2 * coarse.height, 2 * coarse.width};
    images.step(fine, convolution.d_in(), [&](const auto& x, const auto& y) {
      enlarge_nearest<Backend, Scalar>(backend, coarse, 2, x, y);
    });
    images.step(fine, convolution.d_out(), [&](const auto& x, const auto& y) {
      convolution.forward(backend, product_kind, values, fine, x, y, workspace);
    });
  }

  Conv2d<Scalar> in_;
  HvqVaeLevel<Scalar> middle_;
  HvqVaeEnd<Scalar> end_;
  std::vector<index_t> channels_;            // of each resolution, the finest first
  std::vector<HvqVaeLevel<Scalar>> levels_;  // the coarsest first
  std::vector<Conv2d<Scalar>> larger_;       // behind all levels but the last
};

}  // namespace flashvideo
