// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <string>

#include "flashvideo/backend/verbs.hpp"
#include "flashvideo/nn/linear.hpp"
#include "flashvideo/nn/mixer.hpp"
#include "flashvideo/nn/retention/gated_head_norm.hpp"
#include "flashvideo/nn/retention/retention.hpp"
#include "flashvideo/nn/rotation.hpp"

namespace flashvideo {

/// The sequence mixer of RetNet: retention with a decay of its own in every head, a norm over each head and a
/// gate.
///
///     q, k, v, g = x W_q^T, x W_k^T Dk^(-1/2), x W_v^T, x W_g^T     q and k turned by their positions
///     y = (swish(g) * RMSNorm_head(retention(q, k, v) / sqrt(sigma))) W_o^T
///
/// Source: [FlashVideo] 3.1; Sun et al., arXiv:2307.08621 eq. (8); torchscale's clamp z_n is left out.
/// Shapes: x, y (B N, D), D = H Dk, value width VD = H Dv. Parameters under `prefix`: q_proj.weight (D, D),
/// k_proj.weight (D, D), v_proj.weight (VD, D), g_proj.weight (VD, D), one matrix in this order, and
/// out_proj.weight (D, VD).
/// @tparam Scalar float or double
/// @throws value_error from the constructor unless num_heads >= 1
/// @throws shape_error from the constructor when the sizes do not divide, or angles and decays are
/// not as many as they need
/// @code
/// const MixerConfiguration sizes = MixerConfiguration{192, 384, 3}.with(Position::xpos(), Decay::retnet());
/// MultiScaleRetention<float> mixer(layout, "layers.0.retention.", sizes);
/// auto kept = mixer.forward(cpu, Chunkwise<64>{}, values, batch, length, x, y, workspace);
/// mixer.backward(cpu, Chunkwise<64>{}, values, batch, length, x, kept, dy, dx, gradients, workspace);
/// @endcode
template <typename Scalar>
class MultiScaleRetention {
 public:
  using ScalarType = Scalar;  ///< float or double
  /// Its part in parameter names: layers.0.retention.q_proj.weight, layers.0.retention_layer_norm.weight.
  static constexpr const char* name = "retention";

  /// Registers the matrices under the prefix.
  MultiScaleRetention(ParameterLayout& layout, const std::string& prefix, const MixerConfiguration& sizes)
      : sizes_(checked(sizes)),
        in_(layout,
            {{prefix + "q_proj.weight", sizes.d_model, initializer(sizes.d_model)},
             {prefix + "k_proj.weight", sizes.d_model, initializer(sizes.d_model)},
             {prefix + "v_proj.weight", sizes.d_value, initializer(sizes.d_value)},
             {prefix + "g_proj.weight", sizes.d_value, initializer(sizes.d_value)}},
            sizes.d_model),
        out_(layout, prefix + "out_proj.weight", sizes.d_value, sizes.d_model,
             Initializer::xavier(sizes.d_value, sizes.d_model, 0.5)),
        angles_(sizes.theta),
        decay_(sizes.lambda) {}

  /// What backward needs, in the workspace that forward was given.
  struct Activations {
    MatrixView<Scalar> projected;  ///< (B N, 2 D + 2 VD): q, k (turned), v, g
    MatrixView<Scalar> retained;   ///< o of all heads, (B N, VD)
    MatrixView<Scalar> gated;      ///< what W_o takes, (B N, VD)
    ChunkStates<Scalar> states;    ///< S before each chunk
  };

  /// y from x for whole sequences that start at position 0.
  template <ComputeBackend Backend, RetentionMode Mode>
  Activations forward(const Backend& backend, Mode mode, ParameterView<const Scalar> values, index_t batch,
                      index_t length, MatrixView<const Scalar> x, MatrixView<Scalar> y,
                      Workspace<Backend>& workspace) const {
    check_rows("forward", x, batch * length);
    check_rows("forward", y, batch * length);
    const index_t rows = batch * length;
    Activations kept;
    kept.projected = workspace.template take<Scalar>(Shape<2>{rows, in_.d_out()});
    kept.retained = workspace.template take<Scalar>(Shape<2>{rows, sizes_.d_value});
    kept.gated = workspace.template take<Scalar>(Shape<2>{rows, sizes_.d_value});
    const RetentionInput<Scalar> input = retention_input(kept.projected, batch, length);
    const Retention<Mode> retention(mode);
    kept.states = retention.take_states(backend, input, workspace);

    const auto mark = workspace.mark();
    in_.forward(backend, GemmProduct{}, values, x, kept.projected);
    turn(backend, kept.projected, position_table(backend, SequencePlaces{length}, length, workspace), length,
         Turn::forward);
    retention.forward(backend, input, kept.states, kept.retained, workspace);
    norm_and_gate(backend, SequencePlaces{length}, rows, kept.projected, kept.retained, kept.gated);
    out_.forward(backend, GemmProduct{}, values, kept.gated, y);
    workspace.release(mark);
    return kept;
  }

  /// dx is written, gradients are added to.
  template <ComputeBackend Backend, RetentionMode Mode>
  void backward(const Backend& backend, Mode mode, ParameterView<const Scalar> values, index_t batch,
                index_t length, MatrixView<const Scalar> x, const Activations& kept,
                MatrixView<const Scalar> dy, MatrixView<Scalar> dx, ParameterView<Scalar> gradients,
                Workspace<Backend>& workspace) const {
    check_rows("backward", dy, batch * length);
    const index_t rows = batch * length;
    const auto mark = workspace.mark();
    const auto d_projected = workspace.template take<Scalar>(Shape<2>{rows, in_.d_out()});
    const auto d_retained = workspace.template take<Scalar>(Shape<2>{rows, sizes_.d_value});
    out_.backward(backend, values, kept.gated, dy, d_retained, gradients);
    backend.for_each(rows * sizes_.num_heads,
                     GatedHeadNormGradient<Scalar, SequencePlaces>{head_norm(),
                                                                   {length},
                                                                   kept.retained,
                                                                   gate_of(kept.projected),
                                                                   d_retained,
                                                                   d_retained,
                                                                   gate_of(d_projected)},
                     16 * sizes_.d_value_of_head());
    const RetentionGradient<Scalar> gradient{queries_of(d_projected), keys_of(d_projected),
                                             values_of(d_projected)};
    Retention<Mode>(mode).backward(backend, retention_input(kept.projected, batch, length), kept.states,
                                   d_retained, gradient, workspace);
    turn(backend, d_projected, position_table(backend, SequencePlaces{length}, length, workspace), length,
         Turn::back);
    in_.backward(backend, values, x, d_projected, dx, gradients);
    workspace.release(mark);
  }

  /// What one lane remembers between calls of `absorb`.
  template <ComputeBackend Backend>
  using State = RetentionState<Scalar, Backend>;
  /// Rows [first_row, first_row + count) of x belong to the lane whose next position is state->position.
  template <ComputeBackend Backend>
  using Lane = MixerLane<State<Backend>>;

  /// S = 0 at position 0.
  template <ComputeBackend Backend>
  State<Backend> initial_state(const Backend& backend) const {
    return {backend, sizes_.num_heads, sizes_.d_key_of_head(), sizes_.d_value_of_head()};
  }

  /// Generation: y from x for the spans of all lanes at once, and the lanes' states moved on, but not by
  /// drafts. The bits of a row depend on its own lane's tokens alone.
  /// @throws shape_error unless the lanes' spans cover the rows of x
  template <ComputeBackend Backend, typename Values>
  void absorb(const Backend& backend, const Values& values,
              std::type_identity_t<std::span<const Lane<Backend>>> lanes, MatrixView<const Scalar> x,
              MatrixView<Scalar> y, Workspace<Backend>& workspace) const {
    const index_t rows = x.extent(0);
    check_rows("absorb", y, rows);
    nn_detail::check_lanes("MultiScaleRetention", lanes, rows);
    const auto mark = workspace.mark();
    const auto projected = workspace.template take<Scalar>(Shape<2>{rows, in_.d_out()});
    const auto retained = workspace.template take<Scalar>(Shape<2>{rows, sizes_.d_value});
    const auto gated = workspace.template take<Scalar>(Shape<2>{rows, sizes_.d_value});
    const auto table = workspace.template take<Scalar>(Shape<2>{rows, sizes_.d_key_of_head()});
    in_.absorb(backend, values, x, projected, workspace);
    for_each_group<Backend>(lanes, [&](const LaneGroup<Scalar>& group) {
      backend.for_each(group.rows, RotationTable<Scalar, LaneGroup<Scalar>>{angles_, group, table},
                       16 * sizes_.d_key_of_head());
    });
    turn(backend, projected, table, rows, Turn::forward);
    const RecurrenceRows<Scalar> recurrence_rows{
        sizes_.num_heads,      sizes_.d_key_of_head(), sizes_.d_value_of_head(), decay_,
        queries_of(projected), keys_of(projected),     values_of(projected),     retained};
    bool drafts = false;
    for (const auto& lane : lanes) {
      lane.state->reserve_draft(backend, lane.tentative);
      drafts = drafts || lane.tentative > 0;
    }
    for_each_group<Backend>(lanes, [&](const LaneGroup<Scalar>& group) {
      if (drafts) {
        verbs::recurrence(backend, group, recurrence_rows);
        verbs::draft_recurrence(backend, group, recurrence_rows);
        norm_and_gate(backend, group, group.rows, projected, retained, gated);
      } else {
        verbs::recurrence(backend, group, recurrence_rows,
                          GatedHeadNorm<Scalar, LaneGroup<Scalar>>{head_norm(), group, retained,
                                                                   gate_of(projected), gated});
      }
    });
    out_.absorb(backend, values, MatrixView<const Scalar>(gated), y, workspace);
    nn_detail::advance(lanes);
    workspace.release(mark);
  }

  /// The first rows of each lane's last draft become part of its state: replayed from S as it was, with the
  /// operations of `absorb` in the same order.
  /// @throws value_error when more rows are kept than were drafted
  template <ComputeBackend Backend>
  void commit(const Backend& backend,
              std::type_identity_t<std::span<const MixerCommit<State<Backend>>>> commits) const {
    nn_detail::check_commits("MultiScaleRetention", commits);
    nn_detail::for_each_group(
        KeptDraftGroup<Scalar>(), commits,
        [](KeptDraftGroup<Scalar>& group, const MixerCommit<State<Backend>>& commit) {
          const State<Backend>& state = *commit.state;
          group.add({state.memory().data(), state.draft_keys(), state.draft_values(), commit.rows});
        },
        [&](const KeptDraftGroup<Scalar>& group) {
          verbs::replay(backend, group,
                        {sizes_.num_heads, sizes_.d_key_of_head(), sizes_.d_value_of_head(), decay_});
        });
    nn_detail::advance_committed(commits);
  }

  /// D.
  index_t d_model() const { return sizes_.d_model; }
  /// As they were given.
  const MixerConfiguration& sizes() const { return sizes_; }

 private:
  static const MixerConfiguration& checked(const MixerConfiguration& sizes) {
    sizes.check("MultiScaleRetention");
    sizes.check_theta("MultiScaleRetention");
    sizes.check_lambda("MultiScaleRetention");
    return sizes;
  }
  Initializer initializer(index_t rows) const {
    return Initializer::xavier(sizes_.d_model, rows, 0.1767766952966369);  // gain 2^(-5/2)
  }

  // The parts of (R, 2 D + 2 VD).
  template <typename T>
  MatrixView<T> queries_of(const MatrixView<T>& p) const {
    return p.columns(0, sizes_.d_model);
  }
  template <typename T>
  MatrixView<T> keys_of(const MatrixView<T>& p) const {
    return p.columns(sizes_.d_model, sizes_.d_model);
  }
  template <typename T>
  MatrixView<T> values_of(const MatrixView<T>& p) const {
    return p.columns(2 * sizes_.d_model, sizes_.d_value);
  }
  template <typename T>
  MatrixView<T> gate_of(const MatrixView<T>& p) const {
    return p.columns(2 * sizes_.d_model + sizes_.d_value, sizes_.d_value);
  }

  RetentionInput<Scalar> retention_input(const MatrixView<Scalar>& p, index_t batch, index_t length) const {
    return {{batch, length, sizes_.num_heads, sizes_.d_key_of_head(), sizes_.d_value_of_head()},
            decay_,
            queries_of(p),
            keys_of(p),
            values_of(p)};
  }
  HeadNorm<Scalar> head_norm() const {
    return {decay_, sizes_.epsilon, sizes_.num_heads, sizes_.d_value_of_head()};
  }

  // cos and sin for the first `length` positions.
  template <typename Backend>
  MatrixView<Scalar> position_table(const Backend& backend, SequencePlaces places, index_t length,
                                    Workspace<Backend>& workspace) const {
    const auto table = workspace.template take<Scalar>(Shape<2>{length, sizes_.d_key_of_head()});
    backend.for_each(length, RotationTable<Scalar, SequencePlaces>{angles_, places, table},
                     16 * sizes_.d_key_of_head());
    return table;
  }

  template <typename Backend>
  void turn(const Backend& backend, const MatrixView<Scalar>& p, MatrixView<const Scalar> table,
            index_t period, Turn direction) const {
    turn_queries_and_keys(backend, table, period, sizes_.num_heads, direction, queries_of(p), keys_of(p));
  }

  template <typename Backend, typename Places>
  void norm_and_gate(const Backend& backend, const Places& places, index_t rows,
                     const MatrixView<Scalar>& projected, const MatrixView<Scalar>& retained,
                     const MatrixView<Scalar>& gated) const {
    backend.for_each(rows * sizes_.num_heads,
                     GatedHeadNorm<Scalar, Places>{head_norm(), places, retained, gate_of(projected), gated},
                     16 * sizes_.d_value_of_head());
  }

  // Groups of lanes that fit into a functor.
  template <typename Backend, typename Body>
  static void for_each_group(std::span<const Lane<Backend>> lanes, const Body& body) {
    nn_detail::for_each_group(
        LaneGroup<Scalar>(), lanes,
        [](LaneGroup<Scalar>& group, const Lane<Backend>& lane) {
          const State<Backend>& state = *lane.state;
          group.add({state.memory().data(), lane.first_row, lane.count, state.position, lane.tentative,
                     state.draft_keys(), state.draft_values()});
        },
        body);
  }

  void check_rows(const char* function, const MatrixView<const Scalar>& x, index_t rows) const {
    check_mixer_rows("MultiScaleRetention", function, x, rows, sizes_.d_model);
  }

  MixerConfiguration sizes_;
  Linear<Scalar> in_;   // (2 D + 2 VD, D)
  Linear<Scalar> out_;  // (D, VD)
  RotationAngles angles_;
  HeadDecay decay_;
};

}  // namespace flashvideo
