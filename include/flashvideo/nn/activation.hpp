// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/math.hpp"

namespace flashvideo {

/// x sigmoid(x), also called SiLU. Source: Ramachandran et al., arXiv:1710.05941.
struct Swish {
  static constexpr const char* name = "swish";  ///< in configurations and messages
  /// x sigmoid(x)
  template <typename Scalar>
  FLASHVIDEO_HOST_DEVICE static Scalar value(Scalar x) {
    return x * math::sigmoid(x);
  }
  /// s + x s (1 - s), s = sigmoid(x)
  template <typename Scalar>
  FLASHVIDEO_HOST_DEVICE static Scalar derivative(Scalar x) {
    const Scalar s = math::sigmoid(x);
    return math::fma(x * s, Scalar{1} - s, s);
  }
};

/// x Phi(x) with the exact normal distribution function. Source: Hendrycks and Gimpel, arXiv:1606.08415.
struct Gelu {
  static constexpr const char* name = "gelu";  ///< in configurations and messages
  /// x Phi(x)
  template <typename Scalar>
  FLASHVIDEO_HOST_DEVICE static Scalar value(Scalar x) {
    const Scalar half = Scalar(0.5) * x;
    return math::fma(half, math::erf(x * Scalar(0.7071067811865476)), half);
  }
  /// Phi(x) + x phi(x)
  template <typename Scalar>
  FLASHVIDEO_HOST_DEVICE static Scalar derivative(Scalar x) {
    const Scalar distribution =
        math::fma(Scalar(0.5), math::erf(x * Scalar(0.7071067811865476)), Scalar(0.5));
    const Scalar density = Scalar(0.3989422804014327) * math::exp(Scalar(-0.5) * x * x);
    return math::fma(x, density, distribution);
  }
};

/// max(x, 0).
struct Relu {
  static constexpr const char* name = "relu";  ///< in configurations and messages
  /// max(x, 0)
  template <typename Scalar>
  FLASHVIDEO_HOST_DEVICE static Scalar value(Scalar x) {
    return x > Scalar{0} ? x : Scalar{0};
  }
  /// 1 above 0, else 0
  template <typename Scalar>
  FLASHVIDEO_HOST_DEVICE static Scalar derivative(Scalar x) {
    return x > Scalar{0} ? Scalar{1} : Scalar{0};
  }
};

}  // namespace flashvideo
