// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "baselines/bidirectional_attention.hpp"

namespace flashvideo::baselines {

/// The transformer of masked generation: embedding with one id more for [MASK], layers of windowed attention
/// and SwiGLU, norm and head.
///
/// It has the parts, sizes and weights of the library's `Decoder<TransformerPolicy>` plus the embedding of
/// [MASK], so that all systems of a comparison have one parameter budget; MAGVIT's own network is a BERT
/// (norms behind the sums, GELU, learned places). Whole sequences are computed at once by the backend's
/// matrix products; no activations are kept.
/// @code
/// BidirectionalTransformer<Cpu> model(sizes, {whole_sequence(1024)});
/// model.logits(cpu, values, tokens, rows, logits, workspace);
/// @endcode
/// @tparam Backend where it computes
/// @tparam Scalar float or double
template <ComputeBackend Backend, typename Scalar = float>
class BidirectionalTransformer {
 public:
  /// @param windows what layer i attends within: windows[i mod their number], partitions of one length
  /// @throws value_error when a size is out of range, shape_error when the windows' lengths differ
  BidirectionalTransformer(const DecoderConfiguration& sizes, std::vector<Windows> windows)
      : configuration_((sizes.check(), sizes)),
        windows_(std::move(windows)),
        embedding_(layout_, "embed_tokens.weight", sizes.vocabulary + 1, sizes.d_model,
                   sizes.scale_embedding),
        layers_(make_layers(layout_, sizes)),
        norm_(layout_, "layer_norm.weight", sizes.d_model, sizes.epsilon),
        head_(layout_, "output_projection.weight", sizes.d_model, sizes.head_outputs(),
              Initializer::normal(1 / std::sqrt(static_cast<double>(sizes.d_model)))) {
    require<value_error>(!windows_.empty(), "BidirectionalTransformer: no windows, expected at least one");
    for (const Windows& layer : windows_) {
      require<shape_error>(layer.order.size() == windows_[0].order.size() && layer.size >= 1,
                           "BidirectionalTransformer: windows over {} tokens, expected {}",
                           layer.order.size(), windows_[0].order.size());
    }
  }

  /// Logits (rows, outputs) of the given rows from all tokens (B N), `mask()` among them.
  /// @throws shape_error when the tokens are no whole sequences or logits has another shape; value_error for
  /// an id or a row out of range
  void logits(const Backend& backend, ParameterView<const Scalar> values, std::span<const token_t> tokens,
              std::span<const index_t> rows, MatrixView<Scalar> logits, Workspace<Backend>& workspace) const {
    const auto count = static_cast<index_t>(tokens.size());
    require<shape_error>(count > 0 && count % length() == 0,
                         "BidirectionalTransformer: {} tokens, expected sequences of {}", count, length());
    for (const token_t token : tokens) {
      require<value_error>(token >= 0 && token <= mask(),
                           "BidirectionalTransformer: token {} is outside the vocabulary of {} and [MASK]",
                           token, configuration_.vocabulary);
    }
    for (const index_t row : rows) {
      require<value_error>(row >= 0 && row < count, "BidirectionalTransformer: row {} of {} is wanted", row,
                           count);
    }
    const Shape<2> wanted{static_cast<index_t>(rows.size()), configuration_.head_outputs()};
    require<shape_error>(logits.shape() == wanted, "BidirectionalTransformer: logits is {}, expected {}",
                         shape_text(logits.shape()), shape_text(wanted));
    if (rows.empty()) return;
    const auto mark = workspace.mark();
    const auto ids = workspace.template take<token_t>(Shape<1>{count});
    backend.upload(ids.data(), tokens.data(), count);
    const auto selected_rows = workspace.template take<index_t>(Shape<1>{wanted[0]});
    backend.upload(selected_rows.data(), rows.data(), wanted[0]);
    const auto x = workspace.template take<Scalar>(Shape<2>{count, configuration_.d_model});
    embedding_.forward(backend, values, ids.data(), x);
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      layers_[i].forward(backend, values, count / length(), windows_[i % windows_.size()], x, workspace);
    }
    const auto selected = workspace.template take<Scalar>(Shape<2>{wanted[0], configuration_.d_model});
    backend.for_each(wanted[0], flashvideo::GatherRows<Scalar>{x, selected_rows.data(), selected},
                     configuration_.d_model);
    norm_.forward(backend, values, selected, selected, static_cast<Scalar*>(nullptr));
    head_.forward(backend, GemmProduct{}, values, selected, logits);
    workspace.release(mark);
  }

  /// The id of [MASK]: one behind the vocabulary.
  token_t mask() const { return static_cast<token_t>(configuration_.vocabulary); }
  /// N, tokens of a sequence.
  index_t length() const { return static_cast<index_t>(windows_[0].order.size()); }
  const ParameterLayout& layout() const { return layout_; }
  const DecoderConfiguration& configuration() const { return configuration_; }

 private:
  // x += attention(norm(x)); x += feed_forward(norm(x)).
  struct Layer {
    RMSNorm<Scalar> attention_norm;
    BidirectionalAttention<Scalar> attention;
    RMSNorm<Scalar> feed_forward_norm;
    SwiGLU<Scalar> feed_forward;

    Layer(ParameterLayout& layout, const std::string& prefix, const DecoderConfiguration& sizes)
        : attention_norm(layout, prefix + "self_attn_layer_norm.weight", sizes.d_model, sizes.epsilon),
          attention(layout, prefix + "self_attn.",
                    MixerConfiguration{sizes.d_model, sizes.d_value, sizes.num_heads, sizes.epsilon}),
          feed_forward_norm(layout, prefix + "final_layer_norm.weight", sizes.d_model, sizes.epsilon),
          feed_forward(layout, prefix + "ffn.", sizes.d_model, sizes.d_feed_forward) {}

    void forward(const Backend& backend, ParameterView<const Scalar> values, index_t batch,
                 const Windows& windows, const MatrixView<Scalar>& x, Workspace<Backend>& workspace) const {
      using Add = flashvideo::AddRows<Scalar>;
      const auto mark = workspace.mark();
      const auto normed = workspace.template take<Scalar>(x.shape());
      const auto y = workspace.template take<Scalar>(x.shape());
      attention_norm.forward(backend, values, x, normed, static_cast<Scalar*>(nullptr));
      attention.forward(backend, values, batch, windows, normed, y, workspace);
      backend.for_each(x.rows(), Add{x, y, x}, 3 * x.width());
      feed_forward_norm.forward(backend, values, x, normed, static_cast<Scalar*>(nullptr));
      feed_forward.forward(backend, GemmProduct{}, values, normed, y, workspace);
      backend.for_each(x.rows(), Add{x, y, x}, 3 * x.width());
      workspace.release(mark);
    }
  };

  static std::vector<Layer> make_layers(ParameterLayout& layout, const DecoderConfiguration& sizes) {
    std::vector<Layer> layers;
    for (index_t i = 0; i < sizes.num_layers; ++i) {
      layers.emplace_back(layout, "layers." + std::to_string(i) + ".", sizes);
    }
    return layers;
  }

  DecoderConfiguration configuration_;
  std::vector<Windows> windows_;
  ParameterLayout layout_;
  Embedding<Scalar> embedding_;
  std::vector<Layer> layers_;
  RMSNorm<Scalar> norm_;
  Linear<Scalar> head_;
};

}  // namespace flashvideo::baselines
