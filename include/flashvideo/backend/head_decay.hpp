// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/core/math.hpp"

namespace flashvideo {

/// The decay of every head as a plain value that functors carry: gamma_h = exp(lambda_h), lambda_h <= 0 in
/// double (in half precision gamma would round to 1).
struct HeadDecay {
  static constexpr index_t max_heads = 64;  ///< most heads of a mixer
  double lambda[max_heads] = {};            ///< log gamma of each head, <= 0

  HeadDecay() = default;
  /// @throws value_error for more than 64 heads or a lambda above 0
  explicit HeadDecay(const std::vector<double>& lambdas) {
    require<value_error>(lambdas.size() <= static_cast<std::size_t>(max_heads),
                         "HeadDecay: there are {} heads, expected at most {}", lambdas.size(), max_heads);
    for (std::size_t h = 0; h < lambdas.size(); ++h) {
      require<value_error>(lambdas[h] <= 0, "HeadDecay: lambda of head {} is {}, expected <= 0", h,
                           lambdas[h]);
      lambda[h] = lambdas[h];
    }
  }

  /// gamma_h^exponent, never a quotient of powers; 0 where Scalar has no normal number for it.
  template <typename Scalar>
  FLASHVIDEO_HOST_DEVICE Scalar power(index_t h, index_t exponent) const {
    const double value = math::exp(static_cast<double>(exponent) * lambda[h]);
    const double smallest = sizeof(Scalar) == 4 ? 1.2e-38 : 2.3e-308;
    return value < smallest ? Scalar{0} : static_cast<Scalar>(value);
  }

  /// sigma_n = sum_{m <= n} gamma_h^(n - m) = (1 - gamma^(n+1)) / (1 - gamma), counted from the start of the
  /// sequence.
  FLASHVIDEO_HOST_DEVICE double sigma(index_t h, index_t n) const {
    const double terms = static_cast<double>(n + 1);
    if (lambda[h] > -1e-12) return terms;
    return (1.0 - math::exp(terms * lambda[h])) / (1.0 - math::exp(lambda[h]));
  }
};

}  // namespace flashvideo
