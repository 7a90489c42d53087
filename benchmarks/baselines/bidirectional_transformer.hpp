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
/// matrix products; `logits` keeps no activations.
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
    check_tokens(tokens);
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
      const auto of_layer = workspace.mark();
      const auto kept =
          layers_[i].forward(backend, values, count / length(), windows_[i % windows_.size()], x, workspace);
      backend.copy(x.data(), kept.output.data(), x.size());
      workspace.release(of_layer);
    }
    const auto selected = workspace.template take<Scalar>(Shape<2>{wanted[0], configuration_.d_model});
    backend.for_each(wanted[0], flashvideo::GatherRows<Scalar>{x, selected_rows.data(), selected},
                     configuration_.d_model);
    norm_.forward(backend, values, selected, selected, static_cast<Scalar*>(nullptr));
    head_.forward(backend, GemmProduct{}, values, selected, logits);
    workspace.release(mark);
  }

  /// Training: cross entropy of the labelled rows, and its gradient added to `gradients`.
  /// @param labels (B N), `no_label` where nothing is asked
  /// @param gradient_scale factor of the gradient, 1 / number of labels for the mean
  /// @return the sum of the losses in nats
  /// @throws shape_error, value_error as `logits`; value_error for a label that is no output
  double loss(const Backend& backend, ParameterView<const Scalar> values, std::span<const token_t> tokens,
              std::span<const token_t> labels, Scalar gradient_scale, ParameterView<Scalar> gradients,
              Workspace<Backend>& workspace) const {
    const auto count = static_cast<index_t>(tokens.size());
    check_tokens(tokens);
    require<shape_error>(labels.size() == tokens.size(), "BidirectionalTransformer: {} labels for {} tokens",
                         labels.size(), count);
    std::vector<index_t> rows;
    std::vector<token_t> wanted;
    for (index_t row = 0; row < count; ++row) {
      const token_t label = labels[static_cast<std::size_t>(row)];
      if (label == no_label) continue;
      require<value_error>(label >= 0 && label < configuration_.head_outputs(),
                           "BidirectionalTransformer: label {} of row {}, expected less than {}", label, row,
                           configuration_.head_outputs());
      rows.push_back(row);
      wanted.push_back(label);
    }
    if (rows.empty()) return 0;
    const auto mark = workspace.mark();
    const auto upload = [&](auto& host, auto type) {
      const auto device =
          workspace.template take<decltype(type)>(Shape<1>{static_cast<index_t>(host.size())});
      backend.upload(device.data(), host.data(), device.size());
      return device;
    };
    const auto ids = upload(tokens, token_t{});
    const auto chosen = upload(rows, index_t{});
    const auto expected = upload(wanted, token_t{});
    const auto embedded = workspace.template take<Scalar>(Shape<2>{count, configuration_.d_model});
    embedding_.forward(backend, values, ids.data(), embedded);
    std::vector<typename Layer::Activations> kept;
    MatrixView<const Scalar> x = embedded;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      kept.push_back(
          layers_[i].forward(backend, values, count / length(), windows_[i % windows_.size()], x, workspace));
      x = kept.back().output;
    }
    const Shape<2> shape{static_cast<index_t>(rows.size()), configuration_.d_model};
    const auto selected = workspace.template take<Scalar>(shape);
    const auto normed = workspace.template take<Scalar>(shape);
    const auto d_normed = workspace.template take<Scalar>(shape);
    const auto inverse_rms = workspace.template take<Scalar>(Shape<1>{shape[0]});
    const auto logits = workspace.template take<Scalar>(Shape<2>{shape[0], configuration_.head_outputs()});
    const auto losses = workspace.template take<Scalar>(Shape<1>{shape[0]});
    backend.for_each(shape[0], flashvideo::GatherRows<Scalar>{x, chosen.data(), selected}, shape[1]);
    norm_.forward(backend, values, selected, normed, inverse_rms.data());
    head_.forward(backend, GemmProduct{}, values, normed, logits);
    const double total = cross_entropy(backend, logits, expected.data(), losses.data(), gradient_scale);

    head_.backward(backend, values, normed, logits, d_normed, gradients);
    const auto d_selected = workspace.template take<Scalar>(shape);
    norm_.backward(backend, values, selected, inverse_rms.data(), d_normed, d_selected, gradients);
    const auto d = workspace.template take<Scalar>(embedded.shape());
    backend.fill(d.data(), d.size(), Scalar{0});
    backend.for_each(shape[0], flashvideo::ScatterRows<Scalar>{d_selected, chosen.data(), d}, shape[1]);
    for (std::size_t i = layers_.size(); i-- > 0;) {
      const MatrixView<const Scalar> input = i == 0 ? embedded : kept[i - 1].output;
      layers_[i].backward(backend, values, windows_[i % windows_.size()], input, kept[i], d, gradients,
                          workspace);
    }
    embedding_.backward(backend, ids.data(), d, gradients);
    workspace.release(mark);
    return total;
  }

  /// The id of [MASK]: one behind the vocabulary.
  token_t mask() const { return static_cast<token_t>(configuration_.vocabulary); }
  /// N, tokens of a sequence.
  index_t length() const { return static_cast<index_t>(windows_[0].order.size()); }
  const ParameterLayout& layout() const { return layout_; }
  const DecoderConfiguration& configuration() const { return configuration_; }

 private:
  // middle = x + attention(norm(x)); output = middle + feed_forward(norm(middle)).
  struct Layer {
    RMSNorm<Scalar> attention_norm;
    BidirectionalAttention<Scalar> attention;
    RMSNorm<Scalar> feed_forward_norm;
    SwiGLU<Scalar> feed_forward;

    struct Activations {
      MatrixView<Scalar> attention_input;
      VectorView<Scalar> attention_inverse_rms;
      typename BidirectionalAttention<Scalar>::Activations attention;
      MatrixView<Scalar> middle;
      MatrixView<Scalar> feed_forward_input;
      VectorView<Scalar> feed_forward_inverse_rms;
      typename SwiGLU<Scalar>::Activations feed_forward;
      MatrixView<Scalar> output;
    };

    Layer(ParameterLayout& layout, const std::string& prefix, const DecoderConfiguration& sizes)
        : attention_norm(layout, prefix + "self_attn_layer_norm.weight", sizes.d_model, sizes.epsilon),
          attention(layout, prefix + "self_attn.",
                    MixerConfiguration{sizes.d_model, sizes.d_value, sizes.num_heads, sizes.epsilon}),
          feed_forward_norm(layout, prefix + "final_layer_norm.weight", sizes.d_model, sizes.epsilon),
          feed_forward(layout, prefix + "ffn.", sizes.d_model, sizes.d_feed_forward) {}

    Activations forward(const Backend& backend, ParameterView<const Scalar> values, index_t batch,
                        const Windows& windows, MatrixView<const Scalar> x,
                        Workspace<Backend>& workspace) const {
      using Add = flashvideo::AddRows<Scalar>;
      Activations kept;
      for (MatrixView<Scalar>* rows :
           {&kept.attention_input, &kept.middle, &kept.feed_forward_input, &kept.output}) {
        *rows = workspace.template take<Scalar>(x.shape());
      }
      kept.attention_inverse_rms = workspace.template take<Scalar>(Shape<1>{x.rows()});
      kept.feed_forward_inverse_rms = workspace.template take<Scalar>(Shape<1>{x.rows()});
      attention_norm.forward(backend, values, x, kept.attention_input, kept.attention_inverse_rms.data());
      kept.attention =
          attention.forward(backend, values, batch, windows, kept.attention_input, kept.middle, workspace);
      backend.for_each(x.rows(), Add{x, kept.middle, kept.middle}, 3 * x.width());
      feed_forward_norm.forward(backend, values, kept.middle, kept.feed_forward_input,
                                kept.feed_forward_inverse_rms.data());
      kept.feed_forward = feed_forward.forward(backend, GemmProduct{}, values, kept.feed_forward_input,
                                               kept.output, workspace);
      backend.for_each(x.rows(), Add{kept.middle, kept.output, kept.output}, 3 * x.width());
      return kept;
    }

    // d holds the gradient of the output and receives that of x.
    void backward(const Backend& backend, ParameterView<const Scalar> values, const Windows& windows,
                  MatrixView<const Scalar> x, const Activations& kept, MatrixView<Scalar> d,
                  ParameterView<Scalar> gradients, Workspace<Backend>& workspace) const {
      const auto mark = workspace.mark();
      const auto d_input = workspace.template take<Scalar>(d.shape());
      feed_forward.backward(backend, values, kept.feed_forward_input, kept.feed_forward, d, d_input,
                            gradients, workspace);
      feed_forward_norm.backward(backend, values, kept.middle, kept.feed_forward_inverse_rms.data(), d_input,
                                 d, gradients, true);
      attention.backward(backend, values, windows, kept.attention_input, kept.attention, d, d_input,
                         gradients, workspace);
      attention_norm.backward(backend, values, x, kept.attention_inverse_rms.data(), d_input, d, gradients,
                              true);
      workspace.release(mark);
    }
  };

  void check_tokens(std::span<const token_t> tokens) const {
    const auto count = static_cast<index_t>(tokens.size());
    require<shape_error>(count > 0 && count % length() == 0,
                         "BidirectionalTransformer: {} tokens, expected sequences of {}", count, length());
    for (const token_t token : tokens) {
      require<value_error>(token >= 0 && token <= mask(),
                           "BidirectionalTransformer: token {} is outside the vocabulary of {} and [MASK]",
                           token, configuration_.vocabulary);
    }
  }

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
