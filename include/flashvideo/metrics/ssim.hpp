// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/metrics/unit_value.hpp"

namespace flashvideo {

/// Which numbers of a picture are compared.
enum class SsimChannels {
  each,       ///< red, green and blue, then the mean of the three
  grey,       ///< 0.2125 red + 0.7154 green + 0.0721 blue (scikit-image's rgb2gray)
  grey_8_bit  ///< (19595 red + 38470 green + 7471 blue + 32768) / 65536, whole numbers (PIL's mode L)
};

/// Structural similarity of two pictures (Wang et al., 2004): Gaussian windows of 11 x 11 pixels with sigma
/// 1.5 that lie wholly inside, moments E[x^2] - mu^2, C1 = 0.01^2, C2 = 0.03^2 for values in 0..1:
///
///     SSIM = mean over windows of (2 mu_x mu_y + C1)(2 s_xy + C2) / ((mu_x^2 + mu_y^2 + C1)(s_x + s_y + C2))
///
/// Computed in double. Black against white gives C1 / (1 + C1) = 9.999e-5.
/// @code Ssim{SsimChannels::each}(truth.bytes(), made.bytes(), height, width); @endcode
struct Ssim {
  SsimChannels channels = SsimChannels::each;  ///< which numbers are compared
  bool clip_variances = false;  ///< variances below 0, which rounding makes, count as 0 (MAGVIT)

  static constexpr index_t window = 11;  ///< px, side of a window

  /// @param truth, made RGB bytes (height, width, 3)
  /// @throws shape_error for pictures below 11 x 11 or bytes that do not fit the extents
  double operator()(std::span<const std::uint8_t> truth, std::span<const std::uint8_t> made, index_t height,
                    index_t width) const {
    require<shape_error>(height >= window && width >= window,
                         "Ssim: the picture is {} x {} pixels (width x height), expected at least 11 x 11",
                         width, height);
    const auto bytes = static_cast<std::size_t>(height * width * 3);
    require<shape_error>(truth.size() == bytes && made.size() == bytes,
                         "Ssim: {} and {} bytes, expected {} for {} x {} pixels (width x height)",
                         truth.size(), made.size(), bytes, width, height);
    const int planes = channels == SsimChannels::each ? 3 : 1;
    double sum = 0;
    for (int c = 0; c < planes; ++c) sum += of_planes(plane(truth, c), plane(made, c), height, width);
    return sum / planes;
  }

 private:
  /// Channel c, or grey, as values in 0..1.
  std::vector<double> plane(std::span<const std::uint8_t> rgb, int c) const {
    std::vector<double> values(rgb.size() / 3);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::uint8_t* p = rgb.data() + 3 * i;
      if (channels == SsimChannels::each) {
        values[i] = unit_value(p[c]);
      } else if (channels == SsimChannels::grey) {
        values[i] = 0.2125 * unit_value(p[0]) + 0.7154 * unit_value(p[1]) + 0.0721 * unit_value(p[2]);
      } else {
        values[i] = static_cast<double>((19595 * p[0] + 38470 * p[1] + 7471 * p[2] + 32768) >> 16) / 255.0;
      }
    }
    return values;
  }

  static std::array<double, window> gaussian() {
    std::array<double, window> kernel{};
    double sum = 0;
    for (index_t i = 0; i < window; ++i) {
      const double x = static_cast<double>(i - window / 2);
      sum += kernel[static_cast<std::size_t>(i)] = std::exp(-x * x / (2 * 1.5 * 1.5));
    }
    for (double& weight : kernel) weight /= sum;
    return kernel;
  }

  /// Weighted means of product(i) over every inner window: rows first, then columns.
  template <typename Product>
  static std::vector<double> smoothed(index_t height, index_t width, const Product& product) {
    static const std::array<double, window> kernel = gaussian();
    const index_t inner_width = width - window + 1, inner_height = height - window + 1;
    std::vector<double> rows(static_cast<std::size_t>(height * inner_width));
    for (index_t y = 0; y < height; ++y) {
      for (index_t x = 0; x < inner_width; ++x) {
        double sum = 0;
        for (index_t k = 0; k < window; ++k)
          sum += kernel[static_cast<std::size_t>(k)] * product(static_cast<std::size_t>(y * width + x + k));
        rows[static_cast<std::size_t>(y * inner_width + x)] = sum;
      }
    }
    std::vector<double> out(static_cast<std::size_t>(inner_height * inner_width));
    for (index_t y = 0; y < inner_height; ++y) {
      for (index_t k = 0; k < window; ++k) {
        for (index_t x = 0; x < inner_width; ++x)
          out[static_cast<std::size_t>(y * inner_width + x)] +=
              kernel[static_cast<std::size_t>(k)] * rows[static_cast<std::size_t>((y + k) * inner_width + x)];
      }
    }
    return out;
  }

  double of_planes(const std::vector<double>& a, const std::vector<double>& b, index_t height,
                   index_t width) const {
    constexpr double c1 = 0.01 * 0.01, c2 = 0.03 * 0.03;
    const auto mean_a = smoothed(height, width, [&](std::size_t i) { return a[i]; });
    const auto mean_b = smoothed(height, width, [&](std::size_t i) { return b[i]; });
    const auto square_a = smoothed(height, width, [&](std::size_t i) { return a[i] * a[i]; });
    const auto square_b = smoothed(height, width, [&](std::size_t i) { return b[i] * b[i]; });
    const auto product = smoothed(height, width, [&](std::size_t i) { return a[i] * b[i]; });
    double sum = 0;
    for (std::size_t i = 0; i < mean_a.size(); ++i) {
      const double mu_aa = mean_a[i] * mean_a[i], mu_bb = mean_b[i] * mean_b[i],
                   mu_ab = mean_a[i] * mean_b[i];
      double variance_a = square_a[i] - mu_aa, variance_b = square_b[i] - mu_bb;
      if (clip_variances) {
        variance_a = variance_a > 0 ? variance_a : 0;
        variance_b = variance_b > 0 ? variance_b : 0;
      }
      const double covariance = product[i] - mu_ab;
      sum +=
          (2 * mu_ab + c1) * (2 * covariance + c2) / ((mu_aa + mu_bb + c1) * (variance_a + variance_b + c2));
    }
    return sum / static_cast<double>(mean_a.size());
  }
};

}  // namespace flashvideo
