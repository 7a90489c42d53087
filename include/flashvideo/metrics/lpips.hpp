// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "flashvideo/backend/product.hpp"
#include "flashvideo/backend/workspace.hpp"
#include "flashvideo/io/safetensors_file.hpp"
#include "flashvideo/metrics/frame_resize.hpp"
#include "flashvideo/metrics/lpips_trunk.hpp"

namespace flashvideo {

/// How the layers' maps of differences become one number.
enum class LpipsForm {
  mean,    ///< each map's mean over its own places, summed (the authors' default)
  spatial  ///< each map enlarged to the picture (bilinear, half pixel), summed, then the mean over the pixels
};

/// Learned perceptual image patch similarity, version 0.1 (Zhang et al., arXiv:1801.03924): with the trunk's
/// features f of five layers, scaled to length one at each place, and learned weights w >= 0 of their channels,
///
///     d(x, y) = sum over layers of pooled( sum_c w_c (f_c(x) / |f(x)| - f_c(y) / |f(y)|)^2 )
///
/// Weights: a safetensors file with `features.{i}.{weight,bias}` (torchvision's names) and
/// `lin{0..4}.model.1.weight`; `examples/convert` makes it.
/// @code
/// Lpips<Cpu> lpips(cpu, LpipsTrunk::alexnet, SafetensorsFile("lpips_alexnet.safetensors"));
/// double distance = lpips(LpipsForm::spatial, truth.bytes(), made.bytes(), height, width);
/// @endcode
/// @tparam Backend where it computes
template <ComputeBackend Backend>
class Lpips {
 public:
  /// @throws format_error naming a tensor that is missing, of another shape or unknown
  Lpips(const Backend& backend, LpipsTrunk trunk, const SafetensorsFile& file)
      : backend_(backend),
        network_(trunk),
        values_(backend.template allocate<float>(network_.layout().size())) {
    const std::vector<float> values = network_.read(file, lin_);
    backend_.upload(values_.data(), values.data(), network_.layout().size());
  }

  /// The distance of two pictures. @param truth, made RGB bytes (height, width, 3)
  /// @throws shape_error when the bytes do not fit or the picture is too small for the trunk
  double operator()(LpipsForm form, std::span<const std::uint8_t> truth, std::span<const std::uint8_t> made,
                    index_t height, index_t width) const {
    Workspace<Backend> workspace(backend_);
    return (*this)(form, truth, made, height, width, workspace);
  }
  /// The same with a workspace that many calls share, for videos frame by frame.
  double operator()(LpipsForm form, std::span<const std::uint8_t> truth, std::span<const std::uint8_t> made,
                    index_t height, index_t width, Workspace<Backend>& workspace) const {
    const index_t numbers = height * width * 3;
    require<shape_error>(static_cast<index_t>(truth.size()) == numbers && truth.size() == made.size(),
                         "Lpips: {} and {} bytes, expected {} for {} x {} pixels (width x height)",
                         truth.size(), made.size(), numbers, width, height);
    std::vector<float> pixels(static_cast<std::size_t>(2 * numbers));
    for (index_t i = 0; i < numbers; ++i) {
      const auto at = static_cast<std::size_t>(i);
      pixels[at] = scaled(truth[at], i % 3);
      pixels[static_cast<std::size_t>(numbers) + at] = scaled(made[at], i % 3);
    }
    double distance = 0;
    std::vector<float> sum(form == LpipsForm::spatial ? static_cast<std::size_t>(height * width) : 0);
    std::vector<float> enlarged(sum.size());
    const auto mark = workspace.mark();
    network_.for_each_layer(
        backend_, ParameterView<const float>(values_.data()), {2, height, width}, pixels, workspace,
        [&](std::size_t layer, const ImageExtent& extent, std::span<const float> features) {
          const std::vector<float> map = difference(extent, features, lin_[layer]);
          if (form == LpipsForm::mean) {
            double total = 0;
            for (const float value : map) total += static_cast<double>(value);
            distance += total / static_cast<double>(map.size());
            return;
          }
          resize_bilinear(map.data(), extent.height, extent.width, 1, enlarged.data(), height, width,
                          PixelCentres::half_pixel);
          for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += enlarged[i];
        });
    workspace.release(mark);
    if (form == LpipsForm::mean) return distance;
    for (const float value : sum) distance += static_cast<double>(value);
    return distance / static_cast<double>(sum.size());
  }

  /// Where it computes.
  const Backend& backend() const { return backend_; }

 private:
  /// A byte in -1..1, centred and scaled as the trunks were trained.
  static float scaled(std::uint8_t byte, index_t channel) {
    static constexpr float shift[] = {-.030F, -.088F, -.188F}, scale[] = {.458F, .448F, .450F};
    return (static_cast<float>(byte) / 255.0F * 2.0F - 1.0F - shift[channel]) / scale[channel];
  }

  /// The map of weighted squared differences, (places). @param features (2 places, channels)
  static std::vector<float> difference(const ImageExtent& extent, std::span<const float> features,
                                       const std::vector<float>& weights) {
    const auto channels = weights.size();
    const auto places = static_cast<std::size_t>(extent.pixels());
    std::vector<float> map(places);
    const auto length = [&](const float* row) {
      float sum = 0;
      for (std::size_t c = 0; c < channels; ++c) sum += row[c] * row[c];
      return std::sqrt(sum) + 1e-10F;
    };
    for (std::size_t i = 0; i < places; ++i) {
      const float* x = features.data() + i * channels;
      const float* y = x + places * channels;
      const float length_x = length(x), length_y = length(y);
      float sum = 0;
      for (std::size_t c = 0; c < channels; ++c) {
        const float d = x[c] / length_x - y[c] / length_y;
        sum += weights[c] * d * d;
      }
      map[i] = sum;
    }
    return map;
  }

  Backend backend_;
  LpipsNetwork network_;
  std::array<std::vector<float>, LpipsNetwork::num_layers> lin_;
  typename Backend::template Buffer<float> values_;
};

}  // namespace flashvideo
