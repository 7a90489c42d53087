// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include "flashvideo/backend/workspace.hpp"
#include "flashvideo/model/decoder_configuration.hpp"
#include "flashvideo/model/policy.hpp"

namespace flashvideo {

/// z = x + y, a row a call.
template <typename Scalar>
struct AddRows {
  MatrixView<const Scalar> x;  ///< (R, D)
  MatrixView<const Scalar> y;  ///< (R, D)
  MatrixView<Scalar> z;        ///< (R, D), may be x or y

  /// One row.
  FLASHVIDEO_HOST_DEVICE void operator()(index_t row) const {
    const Scalar* a = x.row(row);
    const Scalar* b = y.row(row);
    Scalar* out = z.row(row);
    const index_t width = z.width();
    FLASHVIDEO_INDEPENDENT
    for (index_t c = 0; c < width; ++c) out[c] = a[c] + b[c];
  }
};

/// One layer of a decoder: x += mixer(norm(x)); x += feed_forward(norm(x)). Shapes: rows (R, D).
///
/// Parameter names are torchscale's: layers.{i}.retention_layer_norm, layers.{i}.retention.*,
/// layers.{i}.final_layer_norm, layers.{i}.ffn.*.
/// @tparam Policy names the parts (model/policy.hpp)
/// @tparam Scalar float or double
template <DecoderPolicy Policy, typename Scalar>
class DecoderBlock {
 public:
  using MixerPart = typename Policy::template mixer<Scalar>;  ///< how tokens look at earlier ones
  using NormPart = typename Policy::template norm<Scalar>;    ///< how rows are normalised
  using FeedForwardPart = typename Policy::template feed_forward<Scalar>;  ///< what a row does by itself
  template <ComputeBackend Backend>
  using State = typename MixerPart::template State<Backend>;  ///< of one lane
  template <ComputeBackend Backend>
  using Lane = typename MixerPart::template Lane<Backend>;  ///< a span of rows of one lane

  /// Registers its parameters under the prefix.
  DecoderBlock(ParameterLayout& layout, const std::string& prefix, const DecoderConfiguration& sizes)
      : mixer_norm_(layout, prefix + MixerPart::name + "_layer_norm.weight", sizes.d_model, sizes.epsilon),
        mixer_(layout, prefix + MixerPart::name + ".", sizes.mixer()),
        feed_forward_norm_(layout, prefix + "final_layer_norm.weight", sizes.d_model, sizes.epsilon),
        feed_forward_(layout, prefix + "ffn.", sizes.d_model, sizes.d_feed_forward) {}

  /// What `backward` needs; the views lie in the workspace.
  struct Activations {
    MatrixView<Scalar> mixer_input;                      ///< (R, D)
    VectorView<Scalar> mixer_inverse_rms;                ///< (R)
    typename MixerPart::Activations mixer;               ///< the mixer's own
    MatrixView<Scalar> middle;                           ///< x after the mixer, (R, D)
    MatrixView<Scalar> feed_forward_input;               ///< (R, D)
    VectorView<Scalar> feed_forward_inverse_rms;         ///< (R)
    typename FeedForwardPart::Activations feed_forward;  ///< the feed-forward part's own
    MatrixView<Scalar> output;                           ///< (R, D)
  };

  /// Training: `batch` sequences of `length` tokens each; x (B N, D).
  template <ComputeBackend Backend, typename Mode>
  Activations forward(const Backend& backend, Mode mode, ParameterView<const Scalar> values, index_t batch,
                      index_t length, MatrixView<const Scalar> x, Workspace<Backend>& workspace) const {
    const Shape<2> shape = x.shape();
    const Shape<1> rows{shape[0]};
    Activations saved;
    saved.mixer_input = workspace.template take<Scalar>(shape);
    saved.mixer_inverse_rms = workspace.template take<Scalar>(rows);
    saved.middle = workspace.template take<Scalar>(shape);
    saved.feed_forward_input = workspace.template take<Scalar>(shape);
    saved.feed_forward_inverse_rms = workspace.template take<Scalar>(rows);
    saved.output = workspace.template take<Scalar>(shape);

    mixer_norm_.forward(backend, values, x, saved.mixer_input, saved.mixer_inverse_rms.data());
    saved.mixer =
        mixer_.forward(backend, mode, values, batch, length, saved.mixer_input, saved.middle, workspace);
    backend.for_each(shape[0], AddRows<Scalar>{x, saved.middle, saved.middle}, 3 * shape[1]);

    feed_forward_norm_.forward(backend, values, saved.middle, saved.feed_forward_input,
                               saved.feed_forward_inverse_rms.data());
    saved.feed_forward = feed_forward_.forward(backend, GemmProduct{}, values, saved.feed_forward_input,
                                               saved.output, workspace);
    backend.for_each(shape[0], AddRows<Scalar>{saved.middle, saved.output, saved.output}, 3 * shape[1]);
    return saved;
  }

  /// d (B N, D) holds the gradient of the output and receives that of x, the block's input.
  template <ComputeBackend Backend, typename Mode>
  void backward(const Backend& backend, Mode mode, ParameterView<const Scalar> values, index_t batch,
                index_t length, MatrixView<const Scalar> x, const Activations& saved, MatrixView<Scalar> d,
                ParameterView<Scalar> gradients, Workspace<Backend>& workspace) const {
    const auto mark = workspace.mark();
    const auto d_input = workspace.template take<Scalar>(d.shape());
    feed_forward_.backward(backend, values, saved.feed_forward_input, saved.feed_forward, d, d_input,
                           gradients, workspace);
    feed_forward_norm_.backward(backend, values, saved.middle, saved.feed_forward_inverse_rms.data(), d_input,
                                d, gradients, true);
    mixer_.backward(backend, mode, values, batch, length, saved.mixer_input, saved.mixer, d, d_input,
                    gradients, workspace);
    mixer_norm_.backward(backend, values, x, saved.mixer_inverse_rms.data(), d_input, d, gradients, true);
    workspace.release(mark);
  }

  /// Before the first token.
  template <ComputeBackend Backend>
  State<Backend> initial_state(const Backend& backend) const {
    return mixer_.initial_state(backend);
  }

  /// Whether its mixer can take a draft back.
  static constexpr bool drafts = DraftingMixer<MixerPart>;

  /// Generation: x (R, D), rows of several lanes, in place; advances the lanes' states.
  template <ComputeBackend Backend, typename Values>
  void absorb(const Backend& backend, const Values& values, std::span<const Lane<Backend>> lanes,
              MatrixView<Scalar> x, Workspace<Backend>& workspace) const {
    const auto mark = workspace.mark();
    const auto normed = workspace.template take<Scalar>(x.shape());
    const auto y = workspace.template take<Scalar>(x.shape());
    mixer_norm_.forward(backend, values, x, normed, static_cast<Scalar*>(nullptr));
    mixer_.absorb(backend, values, lanes, normed, y, workspace);
    backend.for_each(x.rows(), AddRows<Scalar>{x, y, x}, 3 * x.width());
    feed_forward_norm_.forward(backend, values, x, normed, static_cast<Scalar*>(nullptr));
    feed_forward_.absorb(backend, values, MatrixView<const Scalar>(normed), x, workspace);
    workspace.release(mark);
  }

  /// For `commit` and its angles.
  const MixerPart& mixer() const { return mixer_; }

 private:
  NormPart mixer_norm_;
  MixerPart mixer_;
  NormPart feed_forward_norm_;
  FeedForwardPart feed_forward_;
};

}  // namespace flashvideo
