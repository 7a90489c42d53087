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
#include "flashvideo/nn/activation.hpp"
#include "flashvideo/nn/conv2d.hpp"
#include "flashvideo/nn/volume_pooling.hpp"

namespace flashvideo {

/// The networks whose features LPIPS compares, as torchvision numbers their layers.
enum class LpipsTrunk {
  alexnet,  ///< Krizhevsky (2014), 5 convolutions
  vgg16     ///< Simonyan and Zisserman (arXiv:1409.1556), 13 convolutions
};

/// The convolutions of a trunk with the five layers after whose rectifier features are taken.
class LpipsNetwork {
 public:
  static constexpr std::size_t num_layers = 5;  ///< that LPIPS looks at

  /// The convolutions, without values.
  explicit LpipsNetwork(LpipsTrunk trunk) {
    if (trunk == LpipsTrunk::alexnet) {
      pooling_ = 3;
      add(0, 3, 64, {11, 4, 2}, false, 0);
      add(3, 64, 192, {5, 1, 2}, true, 1);
      add(6, 192, 384, {3, 1, 1}, true, 2);
      add(8, 384, 256, {3, 1, 1}, false, 3);
      add(10, 256, 256, {3, 1, 1}, false, 4);
      return;
    }
    constexpr int numbers[] = {0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28};
    constexpr index_t widths[] = {64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512};
    constexpr int layers[] = {-1, 0, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4};
    index_t d_in = 3;
    for (std::size_t i = 0; i < std::size(numbers); ++i) {
      add(numbers[i], d_in, widths[i], {3, 1, 1}, i > 0 && layers[i - 1] >= 0, layers[i]);
      d_in = widths[i];
    }
  }

  /// Names and places of the trunk's weights.
  const ParameterLayout& layout() const { return layout_; }

  /// The flat array of the layout; `lin` receives the weights of each layer's channels.
  /// @throws format_error naming a tensor that is missing, of another shape or unknown
  std::vector<float> read(const SafetensorsFile& file,
                          std::array<std::vector<float>, num_layers>& lin) const {
    std::vector<float> values(static_cast<std::size_t>(layout_.size()));
    std::vector<std::string> known;
    for (const Stage& stage : stages_) {
      const Conv2d<float>& conv = stage.convolution;
      const std::string name = "features." + std::to_string(stage.number);
      const index_t kernel = conv.shape().kernel;
      const auto weight = file.read<float>(name + ".weight", {conv.d_out(), conv.d_in(), kernel, kernel});
      conv.weight_from_torch(weight.data(), values.data() + conv.weight().offset);
      const auto bias = file.read<float>(name + ".bias", {conv.d_out()});
      std::copy(bias.begin(), bias.end(), values.data() + conv.bias().offset);
      known.push_back(name + ".weight");
      known.push_back(name + ".bias");
      if (stage.layer < 0) continue;
      known.push_back("lin" + std::to_string(stage.layer) + ".model.1.weight");
      lin[static_cast<std::size_t>(stage.layer)] = file.read<float>(known.back(), {1, conv.d_out(), 1, 1});
    }
    for (const std::string& name : file.names()) {
      require<format_error>(std::find(known.begin(), known.end(), name) != known.end(),
                            "{}: has the extra tensor \"{}\", which this LPIPS does not have", file.path(),
                            name);
    }
    return values;
  }

  /// Calls body(layer, extent, features) for each of the five layers, features (extent rows, channels) on the host.
  /// @param pixels (extent rows, 3), on the host
  /// @throws shape_error for pictures too small for the trunk
  template <ComputeBackend Backend, typename Body>
  void for_each_layer(const Backend& backend, ParameterView<const float> values, ImageExtent extent,
                      std::span<const float> pixels, Workspace<Backend>& workspace, const Body& body) const {
    auto x = workspace.template take<float>(Shape<2>{extent.rows(), 3});
    backend.upload(x.data(), pixels.data(), x.size());
    std::vector<float> host;
    for (const Stage& stage : stages_) {
      if (stage.pools) {
        const VolumeWindow window{{1, pooling_, pooling_}, {1, 2, 2}, VolumePadding::valid};
        const VolumeExtent fine{extent.count, 1, extent.height, extent.width};
        const VolumeExtent coarse = VolumeGrid(window, fine).coarse;
        const auto y = workspace.template take<float>(Shape<2>{coarse.rows(), x.width()});
        max_pool(backend, window, fine, MatrixView<const float>(x), y);
        extent = {coarse.count, coarse.height, coarse.width};
        x = y;
      }
      const ImageExtent out = stage.convolution.output_extent(extent);
      const auto y = workspace.template take<float>(Shape<2>{out.rows(), stage.convolution.d_out()});
      stage.convolution.forward(backend, GemmProduct{}, values, extent, MatrixView<const float>(x), y,
                                workspace);
      activate<Relu>(backend, MatrixView<const float>(y), y);
      extent = out;
      x = y;
      if (stage.layer < 0) continue;
      host.resize(static_cast<std::size_t>(x.size()));
      backend.download(host.data(), static_cast<const float*>(x.data()), x.size());
      body(static_cast<std::size_t>(stage.layer), extent, std::span<const float>(host));
    }
  }

 private:
  struct Stage {
    int number;  ///< in torchvision's `features`
    Conv2d<float> convolution;
    bool pools;  ///< the input is pooled first
    int layer;   ///< 0..4: LPIPS looks at the output; -1: not
  };
  struct Window {
    index_t kernel, stride, padding;
  };

  void add(int number, index_t d_in, index_t d_out, Window window, bool pools, int layer) {
    stages_.push_back(
        {number,
         Conv2d<float>(layout_, "features." + std::to_string(number), d_in, d_out,
                       {.kernel = window.kernel, .stride = window.stride, .padding = window.padding}),
         pools, layer});
  }

  ParameterLayout layout_;
  std::vector<Stage> stages_;
  index_t pooling_ = 2;  ///< side of the pooling windows, two pixels apart
};

}  // namespace flashvideo
