// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <string>

#include "flashvideo/core/error.hpp"
#include "flashvideo/metrics/unit_value.hpp"

namespace flashvideo {

/// Peak signal-to-noise ratio of 8-bit pictures, in dB: -10 log10 of the mean squared error of the values over
/// 255, over all numbers of both spans.
///
/// A mean squared error below `equal_below` counts as equal and gives `equal` dB (JunyaoHu's protocol: 100);
/// with 0 equal pictures give infinity.
/// @code Psnr{}(truth.bytes(), made.bytes()); @endcode
struct Psnr {
  double equal_below = 1e-10;  ///< mean squared error, of values in 0..1
  double equal = 100;          ///< dB

  /// Mean squared error of values in 0..1.
  /// @throws shape_error unless both have equally many numbers, >= 1
  static double mean_squared_error(std::span<const std::uint8_t> truth, std::span<const std::uint8_t> made) {
    require<shape_error>(truth.size() == made.size() && !truth.empty(),
                         "Psnr: {} and {} numbers, expected equally many, at least 1", truth.size(),
                         made.size());
    double sum = 0;
    for (std::size_t i = 0; i < truth.size(); ++i) {
      const double difference = unit_value(truth[i]) - unit_value(made[i]);
      sum += difference * difference;
    }
    return sum / static_cast<double>(truth.size());
  }

  /// dB out of a mean squared error of values in 0..1.
  double of_error(double mean_squared_error) const {
    return mean_squared_error < equal_below ? equal : -10.0 * std::log10(mean_squared_error);
  }

  /// dB of two pictures or videos.
  /// @throws shape_error unless both have equally many numbers, >= 1
  double operator()(std::span<const std::uint8_t> truth, std::span<const std::uint8_t> made) const {
    return of_error(mean_squared_error(truth, made));
  }
};

}  // namespace flashvideo
