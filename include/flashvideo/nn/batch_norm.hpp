// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <span>

#include "flashvideo/core/error.hpp"

namespace flashvideo {

/// Batch normalisation as it stands after training (Ioffe and Szegedy, arXiv:1502.03167):
/// y = gamma (x - mean) / sqrt(variance + epsilon) + beta, one number of each for every channel.
///
/// At inference it is a linear map, so it is folded into the convolution before it and costs nothing.
struct BatchNormStatistics {
  std::span<const float> gamma;     ///< empty: ones
  std::span<const float> beta;      ///< added at the end
  std::span<const float> mean;      ///< of the training data
  std::span<const float> variance;  ///< of the training data, biased
};

/// weight(o, :) *= gamma / sqrt(variance + epsilon); bias(o) = beta + (bias(o) - mean) gamma / sqrt(...).
/// @param weight (channels, numbers of one output channel), row-major
/// @throws shape_error when the extents differ, value_error unless epsilon > 0
inline void fold_batch_norm(const BatchNormStatistics& norm, double epsilon, std::span<float> weight,
                            std::span<float> bias) {
  const std::size_t channels = bias.size();
  require<value_error>(epsilon > 0, "fold_batch_norm: epsilon is {}, expected > 0", epsilon);
  require<shape_error>(channels > 0 && weight.size() % channels == 0 && norm.beta.size() == channels &&
                           norm.mean.size() == channels && norm.variance.size() == channels &&
                           (norm.gamma.empty() || norm.gamma.size() == channels),
                       "fold_batch_norm: beta, mean, variance have {}, {}, {} channels, expected {}",
                       norm.beta.size(), norm.mean.size(), norm.variance.size(), channels);
  const std::size_t fan_in = weight.size() / channels;
  for (std::size_t o = 0; o < channels; ++o) {
    const double gamma = norm.gamma.empty() ? 1.0 : static_cast<double>(norm.gamma[o]);
    const double factor = gamma / std::sqrt(static_cast<double>(norm.variance[o]) + epsilon);
    for (std::size_t i = 0; i < fan_in; ++i) {
      float& w = weight[o * fan_in + i];
      w = static_cast<float>(static_cast<double>(w) * factor);
    }
    bias[o] = static_cast<float>(static_cast<double>(norm.beta[o]) +
                                 (static_cast<double>(bias[o]) - static_cast<double>(norm.mean[o])) * factor);
  }
}

}  // namespace flashvideo
