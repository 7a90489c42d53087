// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <concepts>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/core/math.hpp"

namespace flashvideo {

/// How fast each head forgets: lambdas(H) gives lambda_h = log gamma_h <= 0, h = 0..H-1.
template <typename Policy>
concept DecayPolicy = std::copy_constructible<Policy> && requires(const Policy& policy) {
  { policy.lambdas(index_t{1}) } -> std::same_as<std::vector<double>>;
};

/// lambda_h = log(1 - 2^(-5-h)): horizons 1/(1-gamma) of 32, 64, 128, ... tokens. Source: Sun et al.,
/// arXiv:2307.08621.
struct RetNetDecay {
  static constexpr const char* name = "retnet";
  std::vector<double> lambdas(index_t num_heads) const {
    std::vector<double> lambda;
    for (index_t h = 0; h < num_heads; ++h) {
      lambda.push_back(math::log(1.0 - std::ldexp(1.0, -5 - static_cast<int>(h))));
    }
    return lambda;
  }
};

/// Horizons 1/(1-gamma) spaced geometrically from `shortest` to `longest` tokens (one head: `longest`).
///
/// With few heads RetNet's own rule forgets too soon for video (3 heads: 128 tokens, less than two frames of
/// 8 x 8 tokens), so let `longest` be the longest sequence trained.
/// @code
/// MultiScaleRetention<float, XPos, HorizonDecay> mixer(layout, "retention.", sizes, XPos{}, HorizonDecay{32, 512});
/// @endcode
struct HorizonDecay {
  static constexpr const char* name = "horizon";
  double shortest = 32;   ///< tokens, > 1
  double longest = 2048;  ///< tokens, >= shortest

  /// @throws value_error unless 1 < shortest <= longest
  std::vector<double> lambdas(index_t num_heads) const {
    require<value_error>(shortest > 1 && longest >= shortest,
                         "HorizonDecay: horizons are {} to {}, expected 1 < shortest <= longest", shortest,
                         longest);
    std::vector<double> lambda;
    for (index_t h = 0; h < num_heads; ++h) {
      const double along = num_heads == 1 ? 1.0 : static_cast<double>(h) / static_cast<double>(num_heads - 1);
      const double horizon = shortest * math::exp(along * math::log(longest / shortest));
      lambda.push_back(math::log(1.0 - 1.0 / horizon));
    }
    return lambda;
  }
};

}  // namespace flashvideo
