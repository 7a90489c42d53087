// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "flashvideo/backend/workspace.hpp"
#include "flashvideo/core/math.hpp"
#include "flashvideo/nn/image_patches.hpp"
#include "flashvideo/nn/parameter.hpp"

namespace flashvideo {

namespace nn_detail {

/// Mean and 1 / sqrt(variance + epsilon) of one group of one image, then its rows. Sums run in double, pixel
/// by pixel, so they have one order everywhere.
template <typename Scalar>
struct GroupNormForward {
  const Scalar* x;  // (B P, C)
  const Scalar* weight;
  const Scalar* bias;
  Scalar* y;
  Scalar* statistics;  // (B G, 2)
  index_t pixels;      // P
  index_t channels;    // C
  index_t groups;      // G
  double epsilon;

  FLASHVIDEO_HOST_DEVICE void operator()(index_t i) const {
    const index_t image = i / groups;
    const index_t width = channels / groups;
    const index_t first = (i - image * groups) * width;
    const Scalar* in = x + image * pixels * channels + first;
    Scalar* out = y + image * pixels * channels + first;
    const double scale = 1.0 / static_cast<double>(pixels * width);
    double sum = 0;
    for (index_t p = 0; p < pixels; ++p) {
      for (index_t c = 0; c < width; ++c) sum += static_cast<double>(in[p * channels + c]);
    }
    const double mean = sum * scale;
    double squares = 0;
    for (index_t p = 0; p < pixels; ++p) {
      for (index_t c = 0; c < width; ++c) {
        const double d = static_cast<double>(in[p * channels + c]) - mean;
        squares = math::fma(d, d, squares);
      }
    }
    const double inverse = 1.0 / math::sqrt(math::fma(squares, scale, epsilon));
    statistics[2 * i] = static_cast<Scalar>(mean);
    statistics[2 * i + 1] = static_cast<Scalar>(inverse);
    for (index_t p = 0; p < pixels; ++p) {
      for (index_t c = 0; c < width; ++c) {
        const Scalar normal = (in[p * channels + c] - statistics[2 * i]) * statistics[2 * i + 1];
        out[p * channels + c] = math::fma(normal, weight[first + c], bias[first + c]);
      }
    }
  }
};

/// With n = (x - mean) r and g = dy w: dx = r (g - mean(g) - n mean(g n)), means over the group.
template <typename Scalar>
struct GroupNormBackward {
  const Scalar* x;
  const Scalar* dy;
  const Scalar* weight;
  const Scalar* statistics;  // (B G, 2)
  Scalar* dx;
  index_t pixels;
  index_t channels;
  index_t groups;
  bool add_to_dx;

  FLASHVIDEO_HOST_DEVICE void operator()(index_t i) const {
    const index_t image = i / groups;
    const index_t width = channels / groups;
    const index_t first = (i - image * groups) * width;
    const index_t origin = image * pixels * channels + first;
    const double scale = 1.0 / static_cast<double>(pixels * width);
    const Scalar mean = statistics[2 * i];
    const Scalar inverse = statistics[2 * i + 1];
    double sum = 0;
    double sum_normal = 0;
    for (index_t p = 0; p < pixels; ++p) {
      for (index_t c = 0; c < width; ++c) {
        const index_t at = origin + p * channels + c;
        const double g = static_cast<double>(dy[at] * weight[first + c]);
        sum += g;
        sum_normal = math::fma(g, static_cast<double>((x[at] - mean) * inverse), sum_normal);
      }
    }
    const Scalar mean_g = static_cast<Scalar>(sum * scale);
    const Scalar mean_gn = static_cast<Scalar>(sum_normal * scale);
    for (index_t p = 0; p < pixels; ++p) {
      for (index_t c = 0; c < width; ++c) {
        const index_t at = origin + p * channels + c;
        const Scalar normal = (x[at] - mean) * inverse;
        const Scalar centred = math::fma(dy[at], weight[first + c], -mean_g);
        const Scalar gradient = inverse * math::fma(-normal, mean_gn, centred);
        dx[at] = add_to_dx ? dx[at] + gradient : gradient;
      }
    }
  }
};

/// dw(c) += sum dy n, db(c) += sum dy over all pixels of all images, in ascending order; one channel per
/// call.
template <typename Scalar>
struct GroupNormParameterGradient {
  const Scalar* x;
  const Scalar* dy;
  const Scalar* statistics;
  Scalar* weight_gradient;
  Scalar* bias_gradient;
  index_t images;
  index_t pixels;
  index_t channels;
  index_t groups;

  FLASHVIDEO_HOST_DEVICE void operator()(index_t c) const {
    const index_t group = c / (channels / groups);
    Scalar dw = 0;
    Scalar db = 0;
    for (index_t b = 0; b < images; ++b) {
      const Scalar* moments = statistics + 2 * (b * groups + group);
      for (index_t p = 0; p < pixels; ++p) {
        const index_t at = (b * pixels + p) * channels + c;
        dw = math::fma(dy[at], (x[at] - moments[0]) * moments[1], dw);
        db = db + dy[at];
      }
    }
    weight_gradient[c] = weight_gradient[c] + dw;
    bias_gradient[c] = bias_gradient[c] + db;
  }
};

}  // namespace nn_detail

/// Group normalisation of channels-last images: the channels are split into `groups`, each group of each
/// image is brought to mean 0 and variance 1 over its pixels and channels, then scaled and shifted by
/// channel. Source: Wu and He, arXiv:1803.08494.
///
/// Shapes: x, y (B H W, channels), dense; weight, bias (channels).
/// @code
/// GroupNorm<float> norm(layout, "norm", 128, 32);
/// auto statistics = norm.forward(backend, values, extent, x, y, workspace);
/// @endcode
/// @tparam Scalar float or double
template <typename Scalar>
class GroupNorm {
 public:
  /// Mean and inverse deviation of each (image, group): what backward needs besides x.
  using Statistics = MatrixView<Scalar>;  // (B groups, 2)

  /// @throws value_error unless `groups` divides `channels`
  GroupNorm(ParameterLayout& layout, const std::string& name, index_t channels, index_t groups,
            double epsilon = 1e-6)
      : groups_(groups), epsilon_(epsilon) {
    require<value_error>(groups >= 1 && channels % groups == 0,
                         "GroupNorm: {} groups, expected a divisor of the {} channels", groups, channels);
    weight_ = layout.add(name + ".weight", Shape<1>{channels}, Initializer::constant(1));
    bias_ = layout.add(name + ".bias", Shape<1>{channels}, Initializer::constant(0));
  }

  /// y may be x.
  template <ComputeBackend Backend>
  Statistics forward(const Backend& backend, ParameterView<const Scalar> values, const ImageExtent& extent,
                     MatrixView<const Scalar> x, MatrixView<Scalar> y, Workspace<Backend>& workspace) const {
    check("GroupNorm::forward", extent, x, y);
    const auto statistics = workspace.template take<Scalar>(Shape<2>{extent.count * groups_, 2});
    backend.for_each(extent.count * groups_,
                     nn_detail::GroupNormForward<Scalar>{x.data(), values[weight_].data(),
                                                         values[bias_].data(), y.data(), statistics.data(),
                                                         extent.pixels(), channels(), groups_, epsilon_},
                     3 * extent.pixels() * channels() / groups_);
    return statistics;
  }

  /// dx = gradient of x (added to what dx holds when `add_to_dx`); those of weight and bias are added to
  /// `gradients`.
  template <ComputeBackend Backend>
  void backward(const Backend& backend, ParameterView<const Scalar> values, const ImageExtent& extent,
                MatrixView<const Scalar> x, const Statistics& statistics, MatrixView<const Scalar> dy,
                MatrixView<Scalar> dx, ParameterView<Scalar> gradients, bool add_to_dx = false) const {
    check("GroupNorm::backward", extent, x, dy);
    backend.for_each(channels(),
                     nn_detail::GroupNormParameterGradient<Scalar>{
                         x.data(), dy.data(), statistics.data(), gradients[weight_].data(),
                         gradients[bias_].data(), extent.count, extent.pixels(), channels(), groups_},
                     2 * extent.rows());
    backend.for_each(
        extent.count * groups_,
        nn_detail::GroupNormBackward<Scalar>{x.data(), dy.data(), values[weight_].data(), statistics.data(),
                                             dx.data(), extent.pixels(), channels(), groups_, add_to_dx},
        3 * extent.pixels() * channels() / groups_);
  }

  /// Channels of an image.
  index_t channels() const { return weight_.shape[0]; }
  /// Groups that the channels are split into.
  index_t groups() const { return groups_; }
  /// @{
  /// (channels), where they lie in the flat array.
  const Parameter<1>& weight() const { return weight_; }
  const Parameter<1>& bias() const { return bias_; }
  /// @}

 private:
  void check(const char* where, const ImageExtent& extent, const MatrixView<const Scalar>& x,
             const MatrixView<const Scalar>& y) const {
    const Shape<2> expected{extent.rows(), channels()};
    require<shape_error>(x.shape() == expected && y.shape() == expected && x.dense() && y.dense(),
                         "{}: x is {} and y is {}, expected dense {}", where, shape_text(x.shape()),
                         shape_text(y.shape()), shape_text(expected));
  }

  index_t groups_;
  double epsilon_;
  Parameter<1> weight_;
  Parameter<1> bias_;
};

}  // namespace flashvideo
