// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <string>

#include "flashvideo/nn/attention/attention.hpp"
#include "flashvideo/nn/glu.hpp"
#include "flashvideo/nn/mixer.hpp"
#include "flashvideo/nn/retention/multi_scale_retention.hpp"
#include "flashvideo/nn/rms_norm.hpp"

namespace flashvideo {

/// The decoder of FlashVideo: a Retentive Network with RMSNorm and SwiGLU ([FlashVideo] 3.1). RetNet as
/// torchscale builds it is the same with `Decay::retnet()`.
struct FlashVideoPolicy {
  static constexpr const char* name = "flashvideo";  ///< in model files
  template <typename Scalar>
  using mixer = MultiScaleRetention<Scalar>;  ///< how tokens look at earlier ones
  template <typename Scalar>
  using norm = RMSNorm<Scalar>;  ///< how rows are normalised
  template <typename Scalar>
  using feed_forward = SwiGLU<Scalar>;  ///< what a row does by itself
};

/// The autoregressive transformer that the paper compares with: the same decoder with causal attention for a
/// mixer.
struct TransformerPolicy : FlashVideoPolicy {
  static constexpr const char* name = "transformer";  ///< in model files
  template <typename Scalar>
  using mixer = Attention<Scalar>;  ///< how tokens look at earlier ones
};

/// A norm of rows: constructible from (layout, name, width, epsilon); `forward` and `backward`. What stands in the
/// concepts below is asked for on a backend that has the required verbs alone.
template <typename Part, typename Scalar = float>
concept Norm = std::constructible_from<Part, ParameterLayout&, const std::string&, index_t, double> &&
    requires(const Part& norm, const ArchetypeBackend& backend, ParameterView<const Scalar> values,
             ParameterView<Scalar> gradients, MatrixView<const Scalar> x, MatrixView<Scalar> y,
             Scalar* inverse_rms) {
  { norm.width() } -> std::same_as<index_t>;
  norm.forward(backend, values, x, y, inverse_rms);
  norm.backward(backend, values, x, inverse_rms, x, y, gradients, true);
};

/// A feed-forward layer of rows: constructible from (layout, prefix, d_model, d_feed_forward); for training `forward`
/// and `backward`, for generation `absorb`, which adds to its rows.
template <typename Part, typename Scalar = float>
concept FeedForward =
    std::constructible_from<Part, ParameterLayout&, const std::string&, index_t, index_t> && requires {
  typename Part::Activations;
} && requires(const Part& layer, const ArchetypeBackend& backend, ParameterView<const Scalar> values,
              ParameterView<Scalar> gradients, MatrixView<const Scalar> x, MatrixView<Scalar> y,
              const typename Part::Activations& kept, Workspace<ArchetypeBackend>& workspace) {
  {
    layer.forward(backend, GemmProduct{}, values, x, y, workspace)
    } -> std::same_as<typename Part::Activations>;
  layer.backward(backend, values, x, kept, x, y, gradients, workspace);
  layer.absorb(backend, values, x, y, workspace);
};

/// The parts that make a decoder, code alone: `mixer`, `norm`, `feed_forward` (templates over the scalar) and the
/// `name` under which files know them. Sizes, angles and decays are data (`DecoderConfiguration`).
template <typename Policy>
concept DecoderPolicy = requires {
  { Policy::name } -> std::convertible_to<std::string>;
  typename Policy::template mixer<float>;
  typename Policy::template norm<float>;
  typename Policy::template feed_forward<float>;
}
&&SequenceMixer<typename Policy::template mixer<float>>&& Norm<typename Policy::template norm<float>>&&
    FeedForward<typename Policy::template feed_forward<float>>;

}  // namespace flashvideo
