// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "flashvideo/nn/image_attention.hpp"
#include "flashvideo/nn/residual_block.hpp"

namespace flashvideo {

/// Images that pass through many layers: each layer reads one buffer and writes the other, so memory does not grow
/// with their number.
template <typename Scalar>
class ImageBuffers {
 public:
  /// @param numbers of the largest images, rows times channels
  template <typename Backend>
  ImageBuffers(Workspace<Backend>& workspace, const ImageExtent& extent, index_t numbers)
      : extent_(extent),
        present_(workspace.template take<Scalar>(Shape<1>{numbers}).data()),
        other_(workspace.template take<Scalar>(Shape<1>{numbers}).data()) {}

  /// Calls body(x, y), y (out rows, channels), which then are the images.
  template <typename Body>
  void step(const ImageExtent& out, index_t channels, const Body& body) {
    const MatrixView<Scalar> y(other_, {out.rows(), channels});
    body(images(), y);
    std::swap(present_, other_);
    extent_ = out;
    channels_ = channels;
  }

  /// Of the images.
  const ImageExtent& extent() const { return extent_; }
  /// (extent rows, channels) of the last step.
  MatrixView<const Scalar> images() const { return {present_, {extent_.rows(), channels_}}; }

  /// Numbers of the largest images among resolutions that are halved one after another, each with the channels of
  /// its neighbours.
  /// @param extent of the finest
  static index_t largest(const std::vector<index_t>& channels, const ImageExtent& extent) {
    index_t most = 0;
    for (std::size_t i = 0; i < channels.size(); ++i) {
      const index_t finer = channels[i > 0 ? i - 1 : i];
      const index_t coarser = channels[(std::min)(i + 1, channels.size() - 1)];
      most = (std::max)(most, at_level(extent, i).rows() * (std::max)({finer, channels[i], coarser}));
    }
    return most;
  }
  /// The extent halved `level` times.
  static ImageExtent at_level(const ImageExtent& extent, std::size_t level) {
    return {extent.count, extent.height >> level, extent.width >> level};
  }

 private:
  ImageExtent extent_;
  index_t channels_ = 0;
  Scalar* present_;
  Scalar* other_;
};

/// Residual blocks (GroupNorm, swish, 3x3) of one resolution, each with or without an attention behind it.
/// @tparam Scalar float or double
template <typename Scalar>
class HvqVaeLevel {
 public:
  using Block = ResidualBlock<Scalar, Swish>;  ///< of a step
  /// One block.
  struct Step {
    Block block;                                        ///< first
    std::optional<ImageAttention<Scalar>> attention{};  ///< then, if there
  };

  /// A block, `name`, from d_in to d_out channels, and an attention where that has a name.
  void add(ParameterLayout& layout, const std::string& name, index_t d_in, index_t d_out, index_t groups,
           const std::string& attention = "") {
    steps_.push_back({Block(layout, name,
                            {.channels = d_in,
                             .hidden = d_out,
                             .first_kernel = 3,
                             .second_kernel = 3,
                             .norm_groups = groups,
                             .channels_out = d_out})});
    if (!attention.empty()) steps_.back().attention.emplace(layout, attention, d_out, groups);
  }
  /// What stands between the resolutions: `prefix.block_1`, `prefix.attn_1`, `prefix.block_2`.
  static HvqVaeLevel middle(ParameterLayout& layout, const std::string& prefix, index_t channels,
                            index_t groups) {
    HvqVaeLevel level;
    level.add(layout, prefix + ".block_1", channels, channels, groups, prefix + ".attn_1");
    level.add(layout, prefix + ".block_2", channels, channels, groups);
    return level;
  }
  /// `prefix.block.0`, `prefix.attn.0` (where it `attends`), `prefix.block.1`, ...
  static HvqVaeLevel resolution(ParameterLayout& layout, const std::string& prefix, index_t d_in,
                                index_t d_out, index_t blocks, index_t groups, bool attends) {
    HvqVaeLevel level;
    for (index_t i = 0; i < blocks; ++i) {
      const std::string number = std::to_string(i);
      level.add(layout, prefix + ".block." + number, i == 0 ? d_in : d_out, d_out, groups,
                attends ? prefix + ".attn." + number : "");
    }
    return level;
  }

  /// All of them.
  template <ComputeBackend Backend, typename Product>
  void apply(const Backend& backend, Product product_kind, ParameterView<const Scalar> values,
             ImageBuffers<Scalar>& images, Workspace<Backend>& workspace) const {
    const ImageExtent extent = images.extent();
    for (const Step& step : steps_) {
      images.step(extent, step.block.channels_out(), [&](const auto& x, const auto& y) {
        step.block.apply(backend, product_kind, values, extent, x, y, workspace);
      });
      if (!step.attention) continue;
      images.step(extent, step.attention->channels(), [&](const auto& x, const auto& y) {
        step.attention->apply(backend, product_kind, values, extent, x, y, workspace);
      });
    }
  }

 private:
  std::vector<Step> steps_;
};

/// What is behind the last resolution: GroupNorm, swish, a 3x3 convolution; `prefix.norm_out`, `prefix.conv_out`.
/// @tparam Scalar float or double
template <typename Scalar>
class HvqVaeEnd {
 public:
  /// Registers both.
  HvqVaeEnd(ParameterLayout& layout, const std::string& prefix, index_t d_in, index_t d_out, index_t groups)
      : norm_(layout, prefix + ".norm_out", d_in, groups),
        out_(layout, prefix + ".conv_out", d_in, d_out, {.kernel = 3, .padding = 1, .gain = 0.7}) {}

  /// Both.
  template <ComputeBackend Backend, typename Product>
  void apply(const Backend& backend, Product product_kind, ParameterView<const Scalar> values,
             ImageBuffers<Scalar>& images, Workspace<Backend>& workspace) const {
    const ImageExtent extent = images.extent();
    images.step(extent, norm_.channels(), [&](const auto& x, const auto& active) {
      norm_.forward(backend, values, extent, x, active, workspace);
      activate<Swish, Backend, Scalar>(backend, active, active);
    });
    images.step(extent, out_.d_out(), [&](const auto& x, const auto& y) {
      out_.forward(backend, product_kind, values, extent, x, y, workspace);
    });
  }

 private:
  GroupNorm<Scalar> norm_;
  Conv2d<Scalar> out_;
};

}  // namespace flashvideo
