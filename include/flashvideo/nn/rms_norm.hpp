// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/backend/canonical_sum.hpp"
#include "flashvideo/nn/parameter.hpp"

namespace flashvideo {

namespace nn_detail {

/// y_c = x_c r w_c with r = 1 / sqrt(mean(x^2) + epsilon), one row.
template <typename Scalar>
struct RMSNormForward {
  MatrixView<const Scalar> x;  // (R, D)
  const Scalar* weight;        // (D)
  MatrixView<Scalar> y;        // (R, D)
  Scalar* inverse_rms;         // (R), or null
  Scalar epsilon;

  FLASHVIDEO_HOST_DEVICE void operator()(index_t row) const {
    const index_t width = x.width();
    const Scalar* in = x.row(row);
    Scalar* out = y.row(row);
    const auto element = [in](index_t k) { return in[k]; };
    const Scalar mean_square = canonical_dot<Scalar>(width, element, element) / static_cast<Scalar>(width);
    const Scalar r = Scalar{1} / math::sqrt(mean_square + epsilon);
    if (inverse_rms != nullptr) inverse_rms[row] = r;
    const Scalar* w = weight;
    FLASHVIDEO_INDEPENDENT
    for (index_t c = 0; c < width; ++c) out[c] = (in[c] * r) * w[c];
  }
};

/// dx_c = r (g_c - x_c r^2 mean(g x)), g = dy w, one row.
template <typename Scalar>
struct RMSNormBackward {
  MatrixView<const Scalar> x;
  const Scalar* weight;
  const Scalar* inverse_rms;
  MatrixView<const Scalar> dy;
  MatrixView<Scalar> dx;
  bool add;

  FLASHVIDEO_HOST_DEVICE void operator()(index_t row) const {
    const index_t width = x.width();
    const Scalar* in = x.row(row);
    const Scalar* gradient = dy.row(row);
    const Scalar* w = weight;
    Scalar* out = dx.row(row);
    const Scalar r = inverse_rms[row];
    const Scalar dot = canonical_dot<Scalar>(
        width, [gradient, w](index_t k) { return gradient[k] * w[k]; }, [in](index_t k) { return in[k]; });
    const Scalar pull = -dot * r * r / static_cast<Scalar>(width);
    const Scalar keep = add ? Scalar{1} : Scalar{0};
    FLASHVIDEO_INDEPENDENT
    for (index_t c = 0; c < width; ++c) {
      const Scalar value = r * math::fma(in[c], pull, gradient[c] * w[c]);
      out[c] = add ? math::fma(keep, out[c], value) : value;
    }
  }
};

/// dw_c += sum over rows of dy_c x_c r, one tile of columns, rows ascending.
template <typename Scalar>
struct RMSNormWeightBackward {
  static constexpr index_t tile = 32;
  MatrixView<const Scalar> x;
  const Scalar* inverse_rms;
  MatrixView<const Scalar> dy;
  Scalar* dw;

  FLASHVIDEO_HOST_DEVICE void operator()(index_t t) const {
    const index_t begin = t * tile;
    const index_t end = begin + tile < x.width() ? begin + tile : x.width();
    for (index_t row = 0; row < x.rows(); ++row) {
      const Scalar r = inverse_rms[row];
      const Scalar* in = x.row(row);
      const Scalar* gradient = dy.row(row);
      Scalar* out = dw;
      FLASHVIDEO_INDEPENDENT
      for (index_t c = begin; c < end; ++c) out[c] = math::fma(gradient[c] * r, in[c], out[c]);
    }
  }
};

}  // namespace nn_detail

/// Root-mean-square normalisation: y = x / sqrt(mean(x^2) + epsilon) * w over the last axis.
///
/// Source: Zhang and Sennrich, arXiv:1910.07467; the norm of [FlashVideo] 3.1. Shapes: x, y (R, D), w (D).
/// @code
/// RMSNorm<float> norm(layout, "layer_norm.weight", 192, 1e-6);
/// norm.forward(backend, values, x, y, inverse_rms);
/// @endcode
/// @tparam Scalar float or double
template <typename Scalar>
class RMSNorm {
 public:
  /// Registers the weights (width) under the name.
  /// @throws value_error unless epsilon > 0
  RMSNorm(ParameterLayout& layout, const std::string& name, index_t width, double epsilon)
      : weight_(layout.add<1>(name, {width}, Initializer::constant(1))),
        epsilon_(static_cast<Scalar>(epsilon)) {
    require<value_error>(epsilon > 0, "RMSNorm: epsilon is {}, expected > 0", epsilon);
  }

  /// y = the normalised rows of x; y may be x.
  /// @param inverse_rms (R), written for `backward`; null where no gradient is wanted
  template <ComputeBackend Backend, typename Values>
  void forward(const Backend& backend, const Values& values, MatrixView<const Scalar> x, MatrixView<Scalar> y,
               Scalar* inverse_rms) const {
    require<shape_error>(x.width() == width() && y.shape() == x.shape(),
                         "RMSNorm::forward: x is {}, expected (R, {})", shape_text(x.shape()), width());
    backend.for_each(x.rows(),
                     nn_detail::RMSNormForward<Scalar>{x, values[weight_].data(), y, inverse_rms, epsilon_},
                     2 * width());
  }

  /// dx = gradient of x (added to what dx holds when `add_to_dx`); dw is added to `gradients`.
  template <ComputeBackend Backend>
  void backward(const Backend& backend, ParameterView<const Scalar> values, MatrixView<const Scalar> x,
                const Scalar* inverse_rms, MatrixView<const Scalar> dy, MatrixView<Scalar> dx,
                ParameterView<Scalar> gradients, bool add_to_dx = false) const {
    using WeightBackward = nn_detail::RMSNormWeightBackward<Scalar>;
    backend.for_each((width() + WeightBackward::tile - 1) / WeightBackward::tile,
                     WeightBackward{x, inverse_rms, dy, gradients[weight_].data()},
                     WeightBackward::tile * x.rows());
    backend.for_each(
        x.rows(),
        nn_detail::RMSNormBackward<Scalar>{x, values[weight_].data(), inverse_rms, dy, dx, add_to_dx},
        4 * width());
  }

  /// D.
  index_t width() const { return weight_.shape[0]; }

 private:
  Parameter<1> weight_;  // (D)
  Scalar epsilon_;
};

}  // namespace flashvideo
