// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <vector>

#include "flashvideo/backend/product.hpp"
#include "flashvideo/backend/workspace.hpp"
#include "flashvideo/io/safetensors_file.hpp"
#include "flashvideo/nn/batch_norm.hpp"
#include "flashvideo/nn/conv3d.hpp"
#include "flashvideo/nn/volume_pooling.hpp"

namespace flashvideo {

namespace metrics_detail {

/// The activation of a last layer; not a member of I3d, for nvcc takes no private type into a kernel.
struct Unchanged {
  FLASHVIDEO_HOST_DEVICE static float value(float x) { return x; }
};

}  // namespace metrics_detail

/// Inception I3D (Carreira and Zisserman, arXiv:1705.07750): a video of 224 x 224 pixels becomes 400 logits,
/// averaged over time, the features of the Frechet video distance.
///
/// Weights: a safetensors file under the names of the PyTorch ports: `<unit>.conv3d.weight` (out, in, t, y, x),
/// `<unit>.bn.{weight,bias,running_mean,running_var}` (without `weight`: ones), `logits.conv3d.{weight,bias}`;
/// `examples/convert` makes it. Convolutions are padded as TensorFlow's SAME and have no bias but the norm's. On a backend
/// whose products round (MixedCpu) the first convolution does not, and the weights of the others keep twice the digits:
/// rounding pixels or weights once shifts all features one way, and FVD with them (docs/benchmarks/metrics.md).
/// @code
/// I3d<Cpu> network(cpu, SafetensorsFile("i3d.safetensors"), 1e-5);
/// std::vector<float> logits = network.logits(16, pixels);  // (400), pixels (16, 224, 224, 3) in -1..1
/// @endcode
/// @tparam Backend where it computes
template <ComputeBackend Backend>
class I3d {
 public:
  static constexpr index_t side = 224;          ///< px, of its pictures
  static constexpr index_t num_features = 400;  ///< logits, one for each class
  static constexpr index_t fewest_frames = 9;   ///< below it nothing is left for the last pooling

  /// @param epsilon of the batch norms: 1e-5 in the PyTorch ports, 1e-3 in MAGVIT's port of TensorFlow's module
  /// @throws format_error naming a tensor that is missing, of another shape or unknown
  I3d(const Backend& backend, const SafetensorsFile& file, double epsilon = 1e-5)
      : backend_(backend),
        stem_{{layout_, "Conv3d_1a_7x7", 3, 64, window(7, 2)},
              {layout_, "Conv3d_2b_1x1", 64, 64, window(1, 1)},
              {layout_, "Conv3d_2c_3x3", 64, 192, window(3, 1)}},
        mixed_{{layout_, "Mixed_3b", 192, {64, 96, 128, 16, 32, 32}},
               {layout_, "Mixed_3c", 256, {128, 128, 192, 32, 96, 64}},
               {layout_, "Mixed_4b", 480, {192, 96, 208, 16, 48, 64}},
               {layout_, "Mixed_4c", 512, {160, 112, 224, 24, 64, 64}},
               {layout_, "Mixed_4d", 512, {128, 128, 256, 24, 64, 64}},
               {layout_, "Mixed_4e", 512, {112, 144, 288, 32, 64, 64}},
               {layout_, "Mixed_4f", 528, {256, 160, 320, 32, 128, 128}},
               {layout_, "Mixed_5b", 832, {256, 160, 320, 32, 128, 128}},
               {layout_, "Mixed_5c", 832, {384, 192, 384, 48, 128, 128}}},
        head_(layout_, "logits", 1024, num_features, window(1, 1)) {
    std::vector<float> values = read(file, epsilon);
    std::vector<float> rests;
    for (const float value : values) rests.push_back(rounding_rest(backend_, value));
    if (std::any_of(rests.begin(), rests.end(), [](float rest) { return rest != 0; })) {
      product_.to_rest = layout_.size();
      values.insert(values.end(), rests.begin(), rests.end());
    }
    const auto size = static_cast<index_t>(values.size());
    values_ = backend_.template allocate<float>(size);
    backend_.upload(values_.data(), values.data(), size);
  }

  /// Logits (400) of one video: pixels (frames, 224, 224, 3) in -1..1, in host memory. Of pictures of another side
  /// they are the mean over as many places as the last map has; published numbers are of 224.
  /// @throws shape_error for fewer than 9 frames or pixels that do not fit
  std::vector<float> logits(index_t frames, std::span<const float> pixels, index_t of_side = side) const {
    require<shape_error>(frames >= fewest_frames,
                         "I3d::logits: the video has {} frames, expected at least {}", frames, fewest_frames);
    require<shape_error>(of_side >= 1, "I3d::logits: pictures of side {}, expected >= 1", of_side);
    const VolumeExtent extent{1, frames, of_side, of_side};
    require<shape_error>(static_cast<index_t>(pixels.size()) == extent.rows() * 3,
                         "I3d::logits: {} numbers, expected {}", pixels.size(), extent.rows() * 3);
    Workspace<Backend> workspace(backend_);
    Features x{extent, workspace.template take<float>(Shape<2>{extent.rows(), 3})};
    backend_.upload(x.rows.data(), pixels.data(), x.rows.size());
    x = convolved(stem_[0], x, workspace, UnroundedProduct{});
    x = pooled({{1, 3, 3}, {1, 2, 2}}, x, workspace);
    x = convolved(stem_[1], x, workspace);
    x = convolved(stem_[2], x, workspace);
    x = pooled({{1, 3, 3}, {1, 2, 2}}, x, workspace);
    for (std::size_t i = 0; i < mixed_.size(); ++i) {
      if (i == 2) x = pooled({{3, 3, 3}, {2, 2, 2}}, x, workspace);
      if (i == 7) x = pooled({{2, 2, 2}, {2, 2, 2}}, x, workspace);
      x = mixed(mixed_[i], x, workspace);
    }
    const VolumeWindow last{{2, x.extent.height, x.extent.width}, {1, 1, 1}, VolumePadding::valid};
    Features mean{VolumeGrid(last, x.extent).coarse, {}};
    mean.rows = workspace.template take<float>(Shape<2>{mean.extent.rows(), x.rows.width()});
    average_pool(backend_, last, x.extent, MatrixView<const float>(x.rows), mean.rows);
    const Features out = convolved<metrics_detail::Unchanged>(head_, mean, workspace);
    std::vector<float> times(static_cast<std::size_t>(out.rows.size()));
    backend_.download(times.data(), static_cast<const float*>(out.rows.data()), out.rows.size());
    std::vector<float> result(num_features);
    for (index_t c = 0; c < num_features; ++c) {
      double sum = 0;
      for (index_t t = 0; t < out.rows.rows(); ++t)
        sum += static_cast<double>(times[static_cast<std::size_t>(t * num_features + c)]);
      result[static_cast<std::size_t>(c)] = static_cast<float>(sum / static_cast<double>(out.rows.rows()));
    }
    return result;
  }

  /// Names and places of the weights, norms folded in.
  const ParameterLayout& layout() const { return layout_; }

 private:
  struct Features {
    VolumeExtent extent;
    MatrixView<float> rows{};  // (extent rows, channels)
  };

  /// Inception block: four branches side by side, [b0, b1a -> b1b, b2a -> b2b, pool -> b3b].
  struct Mixed {
    using Channels = std::array<index_t, 6>;
    Mixed(ParameterLayout& layout, const std::string& name, index_t d_in, const Channels& c)
        : b0(layout, name + ".b0", d_in, c[0], window(1, 1)),
          b1a(layout, name + ".b1a", d_in, c[1], window(1, 1)),
          b1b(layout, name + ".b1b", c[1], c[2], window(3, 1)),
          b2a(layout, name + ".b2a", d_in, c[3], window(1, 1)),
          b2b(layout, name + ".b2b", c[3], c[4], window(3, 1)),
          b3b(layout, name + ".b3b", d_in, c[5], window(1, 1)) {}
    index_t d_out() const { return b0.d_out() + b1b.d_out() + b2b.d_out() + b3b.d_out(); }
    Conv3d<float> b0, b1a, b1b, b2a, b2b, b3b;
  };

  static VolumeWindow window(index_t kernel, index_t stride) {
    return {{kernel, kernel, kernel}, {stride, stride, stride}, VolumePadding::same};
  }

  ParameterView<const float> values() const { return ParameterView<const float>(values_.data()); }

  template <typename Activation, typename Product>
  void convolve(const Conv3d<float>& layer, const Features& x, MatrixView<float> y,
                Workspace<Backend>& workspace, const Product& product) const {
    layer.template forward<Activation>(backend_, product, values(), x.extent, MatrixView<const float>(x.rows),
                                       y, workspace);
  }
  template <typename Activation = Relu, typename Product>
  Features convolved(const Conv3d<float>& layer, const Features& x, Workspace<Backend>& workspace,
                     const Product& product) const {
    Features y{layer.output_extent(x.extent), {}};
    y.rows = workspace.template take<float>(Shape<2>{y.extent.rows(), layer.d_out()});
    convolve<Activation>(layer, x, y.rows, workspace, product);
    return y;
  }
  template <typename Activation = Relu>
  Features convolved(const Conv3d<float>& layer, const Features& x, Workspace<Backend>& workspace) const {
    return convolved<Activation>(layer, x, workspace, product_);
  }
  Features pooled(const VolumeWindow& window, const Features& x, Workspace<Backend>& workspace) const {
    Features y{VolumeGrid(window, x.extent).coarse, {}};
    y.rows = workspace.template take<float>(Shape<2>{y.extent.rows(), x.rows.width()});
    max_pool(backend_, window, x.extent, MatrixView<const float>(x.rows), y.rows);
    return y;
  }
  Features mixed(const Mixed& block, const Features& x, Workspace<Backend>& workspace) const {
    Features y{x.extent, workspace.template take<float>(Shape<2>{x.rows.rows(), block.d_out()})};
    const auto mark = workspace.mark();
    index_t column = 0;
    const auto branch = [&](const Conv3d<float>& layer, const Features& in) {
      convolve<Relu>(layer, in, y.rows.columns(column, layer.d_out()), workspace, product_);
      column += layer.d_out();
    };
    branch(block.b0, x);
    branch(block.b1b, convolved(block.b1a, x, workspace));
    branch(block.b2b, convolved(block.b2a, x, workspace));
    branch(block.b3b, pooled({{3, 3, 3}, {1, 1, 1}}, x, workspace));
    workspace.release(mark);
    return y;
  }

  /// The flat array of the layout, norms folded into the convolutions.
  std::vector<float> read(const SafetensorsFile& file, double epsilon) const {
    std::vector<float> values(static_cast<std::size_t>(layout_.size()));
    std::vector<std::string> known;
    const auto tensor = [&](const std::string& name, std::initializer_list<index_t> shape) {
      known.push_back(name);
      return file.read<float>(name, shape);
    };
    const auto layer = [&](const std::string& name, const Conv3d<float>& conv, bool has_norm) {
      const VolumeSteps& k = conv.window().kernel;
      const index_t channels = conv.d_out();
      const auto theirs =
          tensor(name + ".conv3d.weight", {channels, conv.d_in(), k.frames, k.height, k.width});
      float* weight = values.data() + conv.weight().offset;
      conv.weight_from_torch(theirs.data(), weight);
      const std::span<float> bias(values.data() + conv.bias().offset, static_cast<std::size_t>(channels));
      if (!has_norm) {
        const auto stored = tensor(name + ".conv3d.bias", {channels});
        std::copy(stored.begin(), stored.end(), bias.begin());
        return;
      }
      std::vector<float> gamma;
      if (file.contains(name + ".bn.weight")) gamma = tensor(name + ".bn.weight", {channels});
      const auto beta = tensor(name + ".bn.bias", {channels});
      const auto mean = tensor(name + ".bn.running_mean", {channels});
      const auto variance = tensor(name + ".bn.running_var", {channels});
      fold_batch_norm({gamma, beta, mean, variance}, epsilon, std::span(weight, theirs.size()), bias);
    };
    static constexpr const char* stem_names[] = {"Conv3d_1a_7x7", "Conv3d_2b_1x1", "Conv3d_2c_3x3"};
    for (std::size_t i = 0; i < stem_.size(); ++i) layer(stem_names[i], stem_[i], true);
    static constexpr const char* mixed_names[] = {"Mixed_3b", "Mixed_3c", "Mixed_4b", "Mixed_4c", "Mixed_4d",
                                                  "Mixed_4e", "Mixed_4f", "Mixed_5b", "Mixed_5c"};
    for (std::size_t i = 0; i < mixed_.size(); ++i) {
      const std::string name = mixed_names[i];
      layer(name + ".b0", mixed_[i].b0, true);
      layer(name + ".b1a", mixed_[i].b1a, true);
      layer(name + ".b1b", mixed_[i].b1b, true);
      layer(name + ".b2a", mixed_[i].b2a, true);
      layer(name + ".b2b", mixed_[i].b2b, true);
      layer(name + ".b3b", mixed_[i].b3b, true);
    }
    layer("logits", head_, false);
    for (const std::string& name : file.names()) {
      require<format_error>(std::find(known.begin(), known.end(), name) != known.end() ||
                                name.ends_with(".num_batches_tracked"),
                            "{}: has the extra tensor \"{}\", which I3D does not have", file.path(), name);
    }
    return values;
  }

  Backend backend_;
  ParameterLayout layout_;
  std::vector<Conv3d<float>> stem_;
  std::vector<Mixed> mixed_;
  Conv3d<float> head_;
  RefinedProduct product_;
  typename Backend::template Buffer<float>
      values_;  // of the layout, and the rests of its rounding behind them
};

}  // namespace flashvideo
