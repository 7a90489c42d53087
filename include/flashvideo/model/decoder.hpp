// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <vector>

#include "flashvideo/model/decoder_block.hpp"
#include "flashvideo/model/decoder_state.hpp"
#include "flashvideo/nn/embedding.hpp"
#include "flashvideo/nn/loss.hpp"
#include "flashvideo/sequence/token_sequence.hpp"

namespace flashvideo {

/// to[i] = from[rows[i]] (gather), one row.
template <typename Scalar>
struct GatherRows {
  MatrixView<const Scalar> from;  ///< (?, D)
  const index_t* rows;            ///< of `from`
  MatrixView<Scalar> to;          ///< (?, D)

  /// Row i of `to`.
  FLASHVIDEO_HOST_DEVICE void operator()(index_t i) const {
    const Scalar* in = from.row(rows[i]);
    Scalar* out = to.row(i);
    const index_t width = to.width();
    FLASHVIDEO_INDEPENDENT
    for (index_t c = 0; c < width; ++c) out[c] = in[c];
  }
};

/// to[rows[i]] = from[i] (scatter of distinct rows), one row.
template <typename Scalar>
struct ScatterRows {
  MatrixView<const Scalar> from;  ///< (?, D)
  const index_t* rows;            ///< of `to`
  MatrixView<Scalar> to;          ///< (?, D)

  /// Row i of `from`.
  FLASHVIDEO_HOST_DEVICE void operator()(index_t i) const {
    const Scalar* in = from.row(i);
    Scalar* out = to.row(rows[i]);
    const index_t width = to.width();
    FLASHVIDEO_INDEPENDENT
    for (index_t c = 0; c < width; ++c) out[c] = in[c];
  }
};

/// Equal-length sequences for training, and what to predict at each place.
struct TokenBatch {
  index_t batch = 0;                ///< B
  index_t length = 0;               ///< N
  std::span<const token_t> tokens;  ///< (B N), row b N + n
  std::span<const token_t> labels;  ///< (B N), the id to predict after each row, or `no_label`
};

/// A token decoder: embedding, layers, norm and a linear head over a range of ids.
///
/// The object is the architecture alone: parameter values are passed in, so one decoder serves a trainer, a
/// loaded model and a test. Names of the parameters are torchscale's RetNetDecoder's.
/// @code
/// Decoder<FlashVideoPolicy, Cpu> decoder(configuration);
/// double loss = decoder.loss(cpu, Chunkwise<64>{}, values, batch, 1.0F / labels, gradients, workspace);
/// decoder.absorb(cpu, values, lanes, logits, workspace);
/// @endcode
/// @tparam Policy names the parts (model/policy.hpp)
/// @tparam Backend where it computes
/// @tparam Scalar float or double
template <DecoderPolicy Policy, ComputeBackend Backend, typename Scalar = float>
class Decoder {
 public:
  using State = DecoderState<Policy, Scalar, Backend>;  ///< of one lane, all layers
  using Block = DecoderBlock<Policy, Scalar>;           ///< a layer

  /// @throws value_error when a size is out of range
  explicit Decoder(const DecoderConfiguration& configuration)
      : configuration_((configuration.check(), configuration)),
        embedding_(layout_, "embed_tokens.weight", configuration.vocabulary, configuration.d_model,
                   configuration.scale_embedding),
        blocks_(make_blocks(layout_, configuration)),
        norm_(layout_, "layer_norm.weight", configuration.d_model, configuration.epsilon),
        head_(layout_, "output_projection.weight", configuration.d_model, configuration.head_outputs(),
              Initializer::normal(1 / std::sqrt(static_cast<double>(configuration.d_model)))) {}

  /// Training: cross entropy of the labelled rows, and its gradient added to `gradients`.
  /// @param gradient_scale factor of the gradient, 1 / number of labels for the mean
  /// @return the sum of the losses in nats
  /// @throws shape_error when tokens and labels are not (B N)
  /// @throws value_error for an id out of range
  template <typename Mode>
  double loss(const Backend& backend, Mode mode, ParameterView<const Scalar> values, const TokenBatch& batch,
              Scalar gradient_scale, ParameterView<Scalar> gradients, Workspace<Backend>& workspace) const {
    const auto mark = workspace.mark();
    Pass pass = run(backend, mode, values, batch, workspace);
    if (pass.labelled.empty()) {
      workspace.release(mark);
      return 0;
    }
    const auto losses = workspace.template take<Scalar>(Shape<1>{pass.logits.rows()});
    const double total =
        cross_entropy(backend, pass.logits, pass.labels.data(), losses.data(), gradient_scale);

    const auto d_normed = workspace.template take<Scalar>(pass.normed.shape());
    head_.backward(backend, values, pass.normed, pass.logits, d_normed, gradients);
    norm_.backward(backend, values, pass.selected, pass.inverse_rms.data(), d_normed, pass.selected_gradient,
                   gradients);
    const auto d = workspace.template take<Scalar>(pass.embedded.shape());
    backend.fill(d.data(), d.size(), Scalar{0});
    backend.for_each(pass.selected.rows(), ScatterRows<Scalar>{pass.selected_gradient, pass.rows.data(), d},
                     d.width());
    for (std::size_t layer = blocks_.size(); layer-- > 0;) {
      const MatrixView<const Scalar> input = layer == 0 ? pass.embedded : pass.blocks[layer - 1].output;
      blocks_[layer].backward(backend, mode, values, batch.batch, batch.length, input, pass.blocks[layer], d,
                              gradients, workspace);
    }
    embedding_.backward(backend, pass.tokens.data(), d, gradients);
    workspace.release(mark);
    return total;
  }

  /// Evaluation in a training mode: logits of the labelled rows, in row order, into `logits` (labels,
  /// outputs).
  template <typename Mode>
  void logits(const Backend& backend, Mode mode, ParameterView<const Scalar> values, const TokenBatch& batch,
              MatrixView<Scalar> logits, Workspace<Backend>& workspace) const {
    const auto mark = workspace.mark();
    const Pass pass = run(backend, mode, values, batch, workspace);
    require<shape_error>(logits.shape() == pass.logits.shape(), "Decoder::logits: logits is {}, expected {}",
                         shape_text(logits.shape()), shape_text(pass.logits.shape()));
    backend.copy(logits.data(), pass.logits.data(), logits.size());
    workspace.release(mark);
  }

  /// Before the first token.
  State initial_state(const Backend& backend) const {
    std::vector<typename State::LayerState> layers;
    layers.reserve(blocks_.size());
    for (const Block& block : blocks_) layers.push_back(block.initial_state(backend));
    return State(std::move(layers));
  }

  /// One lane's part of a generation step.
  struct LaneSpan {
    State* state = nullptr;           ///< advanced by the span
    std::span<const token_t> tokens;  ///< at least one, at the state's next positions
    index_t logit_rows = 0;           ///< logits are wanted after this many last tokens of the span
    index_t tentative = 0;            ///< this many last tokens are a draft, to be decided by `commit`
    std::span<const index_t> logits_after{};  ///< if not empty: logits are wanted after these tokens instead
  };
  /// What became of a lane's draft: its first `rows` tokens were right.
  struct LaneCommit {
    State* state = nullptr;  ///< which kept the draft
    index_t rows = 0;        ///< tokens of the draft, from its first on
  };
  /// Whether spans may have tentative tokens: the mixer has `commit`.
  static constexpr bool drafts = Block::drafts;

  /// Generation: every lane absorbs its span; logits (sum of logit_rows, outputs) come in lane order. The
  /// bits of each lane's states and logits do not depend on the other lanes, on how its tokens are split into
  /// spans, on threads or on the kernel form. A draft's tokens get the logits that they would have if they
  /// were absorbed, and leave the state as it is; the next `absorb` forgets a draft that was not committed.
  /// @throws value_error for an empty span, more logits or drafts than tokens, or an id out of range
  /// @throws shape_error for logits of the wrong shape
  /// @param values a `ParameterView<const Scalar>`, or the view of `PackedParameters`
  template <typename Values>
  void absorb(const Backend& backend, const Values& values, std::span<const LaneSpan> lanes,
              MatrixView<Scalar> logits, Workspace<Backend>& workspace) const {
    const auto mark = workspace.mark();
    std::vector<token_t> tokens;
    std::vector<index_t> wanted;
    std::vector<typename Block::template Lane<Backend>> layer_lanes;
    layer_lanes.reserve(lanes.size());
    for (const LaneSpan& lane : lanes) {
      const auto count = static_cast<index_t>(lane.tokens.size());
      require<value_error>(count >= 1,
                           "Decoder::absorb: a lane's span is empty, expected at least one token");
      require<value_error>(lane.logit_rows >= 0 && lane.logit_rows <= count,
                           "Decoder::absorb: logit_rows is {}, expected 0 to {}", lane.logit_rows, count);
      require<value_error>(lane.tentative >= 0 && lane.tentative <= (drafts ? count : 0),
                           "Decoder::absorb: {} of {} tokens are a draft, expected 0 to {}", lane.tentative,
                           count, drafts ? count : 0);
      const auto first = static_cast<index_t>(tokens.size());
      layer_lanes.push_back({nullptr, first, count});
      if constexpr (drafts) layer_lanes.back().tentative = lane.tentative;
      for (const index_t row : lane.logits_after) {
        require<value_error>(row >= 0 && row < count,
                             "Decoder::absorb: logits are wanted after token {} of {}", row, count);
        wanted.push_back(first + row);
      }
      if (lane.logits_after.empty()) {
        for (index_t row = count - lane.logit_rows; row < count; ++row) wanted.push_back(first + row);
      }
      tokens.insert(tokens.end(), lane.tokens.begin(), lane.tokens.end());
    }
    check_tokens(tokens);
    const auto rows = static_cast<index_t>(tokens.size());
    const auto device_tokens = upload(backend, std::span<const token_t>(tokens), workspace);
    const auto x = workspace.template take<Scalar>(Shape<2>{rows, configuration_.d_model});
    embedding_.forward(backend, values, device_tokens.data(), x);
    for (std::size_t layer = 0; layer < blocks_.size(); ++layer) {
      for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
        layer_lanes[lane].state = &lanes[lane].state->layers()[layer];
      }
      blocks_[layer].absorb(backend, values,
                            std::span<const typename Block::template Lane<Backend>>(layer_lanes), x,
                            workspace);
    }
    const auto count = static_cast<index_t>(wanted.size());
    require<shape_error>(
        logits.rows() == count && (count == 0 || logits.width() == configuration_.head_outputs()),
        "Decoder::absorb: logits is {}, expected ({}, {})", shape_text(logits.shape()), count,
        configuration_.head_outputs());
    if (count > 0) {
      const auto device_rows = upload(backend, std::span<const index_t>(wanted), workspace);
      const auto selected = workspace.template take<Scalar>(Shape<2>{count, configuration_.d_model});
      backend.for_each(count, GatherRows<Scalar>{x, device_rows.data(), selected}, selected.width());
      norm_.forward(backend, values, selected, selected, static_cast<Scalar*>(nullptr));
      head_.absorb(backend, values, MatrixView<const Scalar>(selected), logits, workspace);
    }
    workspace.release(mark);
  }

  /// The right beginnings of the drafts of the last `absorb` become part of the lanes' states, with the bits
  /// that absorbing them would give and without a pass over the weights.
  /// @throws value_error when more tokens are kept than were drafted
  void commit(const Backend& backend, std::span<const LaneCommit> lanes) const requires(drafts) {
    using LayerState = typename State::LayerState;
    std::vector<MixerCommit<LayerState>> commits(lanes.size());
    for (std::size_t layer = 0; layer < blocks_.size(); ++layer) {
      for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
        commits[lane] = {&lanes[lane].state->layers()[layer], lanes[lane].rows};
      }
      blocks_[layer].mixer().commit(backend, std::span<const MixerCommit<LayerState>>(commits));
    }
  }

  /// Names, shapes and places of the parameters.
  const ParameterLayout& layout() const { return layout_; }
  /// As it was given.
  const DecoderConfiguration& configuration() const { return configuration_; }
  /// The layers, the first one first.
  const std::vector<Block>& blocks() const { return blocks_; }

 private:
  // A training-mode forward pass up to the logits of the labelled rows.
  struct Pass {
    std::vector<index_t> labelled;
    VectorView<token_t> tokens;
    VectorView<token_t> labels;   // (labelled), ids within the head
    VectorView<index_t> rows;     // (labelled)
    MatrixView<Scalar> embedded;  // (B N, D)
    std::vector<typename Block::Activations> blocks;
    MatrixView<Scalar> selected;           // (labelled, D)
    MatrixView<Scalar> selected_gradient;  // (labelled, D)
    VectorView<Scalar> inverse_rms;        // (labelled)
    MatrixView<Scalar> normed;             // (labelled, D)
    MatrixView<Scalar> logits;             // (labelled, outputs)
  };

  template <typename Mode>
  Pass run(const Backend& backend, Mode mode, ParameterView<const Scalar> values, const TokenBatch& batch,
           Workspace<Backend>& workspace) const {
    const auto rows = static_cast<index_t>(batch.tokens.size());
    require<shape_error>(rows == batch.batch * batch.length && batch.labels.size() == batch.tokens.size(),
                         "Decoder: {} tokens and {} labels, expected {} sequences of {}", rows,
                         batch.labels.size(), batch.batch, batch.length);
    check_tokens(batch.tokens);
    Pass pass;
    std::vector<token_t> labels;
    for (index_t row = 0; row < rows; ++row) {
      const token_t label = batch.labels[static_cast<std::size_t>(row)];
      if (label == no_label) continue;
      const index_t output = label - configuration_.first_output;
      require<value_error>(output >= 0 && output < configuration_.head_outputs(),
                           "Decoder: label {} of row {} is not among the outputs [{}, {})", label, row,
                           configuration_.first_output,
                           configuration_.first_output + configuration_.head_outputs());
      pass.labelled.push_back(row);
      labels.push_back(static_cast<token_t>(output));
    }
    pass.tokens = upload(backend, batch.tokens, workspace);
    pass.labels = upload(backend, std::span<const token_t>(labels), workspace);
    pass.rows = upload(backend, std::span<const index_t>(pass.labelled), workspace);
    pass.embedded = workspace.template take<Scalar>(Shape<2>{rows, configuration_.d_model});
    embedding_.forward(backend, values, pass.tokens.data(), pass.embedded);
    MatrixView<const Scalar> x = pass.embedded;
    pass.blocks.reserve(blocks_.size());
    for (const Block& block : blocks_) {
      pass.blocks.push_back(block.forward(backend, mode, values, batch.batch, batch.length, x, workspace));
      x = pass.blocks.back().output;
    }
    const auto labelled = static_cast<index_t>(pass.labelled.size());
    const Shape<2> selected{labelled, configuration_.d_model};
    pass.selected = workspace.template take<Scalar>(selected);
    pass.selected_gradient = workspace.template take<Scalar>(selected);
    pass.inverse_rms = workspace.template take<Scalar>(Shape<1>{labelled});
    pass.normed = workspace.template take<Scalar>(selected);
    pass.logits = workspace.template take<Scalar>(Shape<2>{labelled, configuration_.head_outputs()});
    if (labelled > 0) {
      backend.for_each(labelled, GatherRows<Scalar>{x, pass.rows.data(), pass.selected}, selected[1]);
      norm_.forward(backend, values, pass.selected, pass.normed, pass.inverse_rms.data());
      head_.forward(backend, GemmProduct{}, values, pass.normed, pass.logits);
    }
    return pass;
  }

  static std::vector<Block> make_blocks(ParameterLayout& layout, const DecoderConfiguration& configuration) {
    std::vector<Block> blocks;
    blocks.reserve(static_cast<std::size_t>(configuration.num_layers));
    for (index_t layer = 0; layer < configuration.num_layers; ++layer) {
      blocks.emplace_back(layout, "layers." + std::to_string(layer) + ".", configuration);
    }
    return blocks;
  }

  void check_tokens(std::span<const token_t> tokens) const {
    for (const token_t token : tokens) {
      require<value_error>(token >= 0 && token < configuration_.vocabulary,
                           "Decoder: token {} is outside the vocabulary of {}", token,
                           configuration_.vocabulary);
    }
  }

  template <typename T>
  static VectorView<T> upload(const Backend& backend, std::span<const T> host,
                              Workspace<Backend>& workspace) {
    const auto device = workspace.template take<T>(Shape<1>{static_cast<index_t>(host.size())});
    backend.upload(device.data(), host.data(), device.size());
    return device;
  }

  DecoderConfiguration configuration_;
  ParameterLayout layout_;
  Embedding<Scalar> embedding_;
  std::vector<Block> blocks_;
  typename Block::NormPart norm_;
  Linear<Scalar> head_;
};

}  // namespace flashvideo
