// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "flashvideo/backend/attention_state.hpp"
#include "flashvideo/backend/attention_step.hpp"
#include "flashvideo/backend/recurrence.hpp"
#include "flashvideo/backend/verbs.hpp"
#include "flashvideo/nn/linear.hpp"
#include "flashvideo/nn/mixer.hpp"
#include "flashvideo/nn/rotation.hpp"

namespace flashvideo {

namespace nn_detail {

/// A row's key and value are written to its lane's cache at the row's position.
template <typename Scalar>
struct AppendToCache {
  CacheGroup<Scalar> group;
  MatrixView<const Scalar> k;  // (R, H Dk)
  MatrixView<const Scalar> v;  // (R, H Dv)

  FLASHVIDEO_HOST_DEVICE void operator()(index_t i) const {
    index_t lane = 0;
    while (i >= group.lanes[lane].count) i -= group.lanes[lane++].count;
    const auto& span = group.lanes[lane];
    const Scalar* key = k.row(span.first_row + i);
    const Scalar* value = v.row(span.first_row + i);
    Scalar* key_slot = span.keys + (span.position + i) * group.key_width;
    Scalar* value_slot = span.values + (span.position + i) * group.value_width;
    for (index_t c = 0; c < group.key_width; ++c) key_slot[c] = key[c];
    for (index_t c = 0; c < group.value_width; ++c) value_slot[c] = value[c];
  }
};

}  // namespace nn_detail

/// Causal multi-head softmax attention with a key-value cache: the mixer of the autoregressive transformer
/// that FlashVideo is compared with.
///
///     q, k, v = x W_q^T, x W_k^T Dk^(-1/2), x W_v^T     q and k turned by their positions
///     o_n = sum_{m<=n} softmax_m(q_n . k_m) v_m,   y = o W_o^T
///
/// Source: Vaswani et al., arXiv:1706.03762; rotation: Su et al., arXiv:2104.09864. Shapes: x, y (B N, D).
/// Parameters under `prefix`: q_proj.weight (D, D), k_proj.weight (D, D), v_proj.weight (VD, D), one matrix
/// in this order, and out_proj.weight (D, VD). The same interface as `MultiScaleRetention`; a training mode
/// is taken and ignored.
/// @tparam Scalar float or double
/// @throws value_error from the constructor unless num_heads >= 1
/// @throws shape_error from the constructor when the sizes do not divide or the angles are not as
/// many as they need; decays are not used
/// @code
/// const MixerConfiguration sizes = MixerConfiguration{192, 192, 3}.with(Position::rope(), {});
/// Attention<float> mixer(layout, "layers.0.self_attn.", sizes);
/// auto kept = mixer.forward(cpu, Parallel{}, values, batch, length, x, y, workspace);
/// mixer.absorb(cpu, values, lanes, x, y, workspace);
/// @endcode
template <typename Scalar>
class Attention {
 public:
  using ScalarType = Scalar;  ///< float or double
  static constexpr const char* name =
      "self_attn";  ///< its part in parameter names: layers.0.self_attn.q_proj.weight

  /// Registers the matrices under the prefix.
  Attention(ParameterLayout& layout, const std::string& prefix, const MixerConfiguration& sizes)
      : sizes_(checked(sizes)),
        in_(layout,
            {{prefix + "q_proj.weight", sizes.d_model, initializer(sizes.d_model)},
             {prefix + "k_proj.weight", sizes.d_model, initializer(sizes.d_model)},
             {prefix + "v_proj.weight", sizes.d_value, initializer(sizes.d_value)}},
            sizes.d_model),
        out_(layout, prefix + "out_proj.weight", sizes.d_value, sizes.d_model,
             Initializer::xavier(sizes.d_value, sizes.d_model)),
        angles_(sizes.theta) {}

  /// What backward needs, in the workspace that forward was given.
  struct Activations {
    MatrixView<Scalar> projected;  ///< (B N, 2 D + VD): q, k (turned), v
    MatrixView<Scalar> attended;   ///< o of all heads, (B N, VD)
    MatrixView<Scalar> log_sums;   ///< logarithms of the softmax's sums, (B N, H)
  };

  /// y from x for whole sequences that start at position 0.
  template <ComputeBackend Backend, typename Mode>
  Activations forward(const Backend& backend, Mode, ParameterView<const Scalar> values, index_t batch,
                      index_t length, MatrixView<const Scalar> x, MatrixView<Scalar> y,
                      Workspace<Backend>& workspace) const {
    const index_t rows = batch * length;
    check_mixer_rows("Attention", "forward", x, rows, sizes_.d_model);
    check_mixer_rows("Attention", "forward", y, rows, sizes_.d_model);
    Activations kept;
    kept.projected = workspace.template take<Scalar>(Shape<2>{rows, in_.d_out()});
    kept.attended = workspace.template take<Scalar>(Shape<2>{rows, sizes_.d_value});
    kept.log_sums = workspace.template take<Scalar>(Shape<2>{rows, sizes_.num_heads});
    const auto mark = workspace.mark();
    in_.forward(backend, GemmProduct{}, values, x, kept.projected);
    turn(backend, kept.projected, length, Turn::forward, workspace);
    verbs::attention_forward(backend, attention_input(kept.projected, batch, length), kept.attended,
                             kept.log_sums, workspace);
    out_.forward(backend, GemmProduct{}, values, kept.attended, y);
    workspace.release(mark);
    return kept;
  }

  /// dx is written, gradients are added to.
  template <ComputeBackend Backend, typename Mode>
  void backward(const Backend& backend, Mode, ParameterView<const Scalar> values, index_t batch,
                index_t length, MatrixView<const Scalar> x, const Activations& kept,
                MatrixView<const Scalar> dy, MatrixView<Scalar> dx, ParameterView<Scalar> gradients,
                Workspace<Backend>& workspace) const {
    const index_t rows = batch * length;
    check_mixer_rows("Attention", "backward", dy, rows, sizes_.d_model);
    const auto mark = workspace.mark();
    const auto d_projected = workspace.template take<Scalar>(Shape<2>{rows, in_.d_out()});
    const auto d_attended = workspace.template take<Scalar>(Shape<2>{rows, sizes_.d_value});
    out_.backward(backend, values, kept.attended, dy, d_attended, gradients);
    const AttentionGradient<Scalar> gradient{queries_of(d_projected), keys_of(d_projected),
                                             values_of(d_projected)};
    verbs::attention_backward(backend, attention_input(kept.projected, batch, length), kept.attended,
                              kept.log_sums, d_attended, gradient, workspace);
    turn(backend, d_projected, length, Turn::back, workspace);
    in_.backward(backend, values, x, d_projected, dx, gradients);
    workspace.release(mark);
  }

  /// The key-value cache of one lane.
  template <ComputeBackend Backend>
  using State = AttentionState<Scalar, Backend>;
  /// Rows [first_row, first_row + count) of x belong to the lane whose next position is state->position.
  template <ComputeBackend Backend>
  using Lane = MixerLane<State<Backend>>;

  /// An empty cache.
  template <ComputeBackend Backend>
  State<Backend> initial_state(const Backend& backend) const {
    return {backend, sizes_.d_model, sizes_.d_value};
  }

  /// Generation: y from x for the spans of all lanes at once; the caches grow. A draft's rows are written
  /// behind the position, where the next span overwrites them unless they are committed. The bits of a row
  /// depend on its own lane's tokens alone.
  /// @throws shape_error unless the lanes' spans cover the rows of x
  template <ComputeBackend Backend, typename Values>
  void absorb(const Backend& backend, const Values& values,
              std::type_identity_t<std::span<const Lane<Backend>>> lanes, MatrixView<const Scalar> x,
              MatrixView<Scalar> y, Workspace<Backend>& workspace) const {
    const index_t rows = x.extent(0);
    const index_t heads = sizes_.num_heads;
    check_mixer_rows("Attention", "absorb", y, rows, sizes_.d_model);
    nn_detail::check_lanes("Attention", lanes, rows);
    const auto mark = workspace.mark();
    const auto projected = workspace.template take<Scalar>(Shape<2>{rows, in_.d_out()});
    const auto attended = workspace.template take<Scalar>(Shape<2>{rows, sizes_.d_value});
    const auto table = workspace.template take<Scalar>(Shape<2>{rows, sizes_.d_key_of_head()});
    in_.absorb(backend, values, x, projected, workspace);
    for (const auto& lane : lanes) lane.state->reserve(backend, lane.state->position + lane.count);
    for_each_group<Backend>(lanes, [&](const CacheGroup<Scalar>& group) {
      backend.for_each(group.rows, RotationTable<Scalar, CacheGroup<Scalar>>{angles_, group, table},
                       16 * sizes_.d_key_of_head());
    });
    turn_queries_and_keys(backend, table, rows, heads, Turn::forward, queries_of(projected),
                          keys_of(projected));
    index_t longest = 1;
    for (const auto& lane : lanes) longest = (std::max)(longest, lane.state->position + lane.count);
    for_each_group<Backend>(lanes, [&](const CacheGroup<Scalar>& group) {
      backend.for_each(group.rows,
                       nn_detail::AppendToCache<Scalar>{group, keys_of(projected), values_of(projected)},
                       in_.d_out());
      const AttentionRow<Scalar, CacheGroup<Scalar>> row{
          group,    heads, sizes_.d_key_of_head(), sizes_.d_value_of_head(), queries_of(projected),
          attended, {}};
      backend.for_each(group.rows * heads, row,
                       longest * (sizes_.d_key_of_head() + sizes_.d_value_of_head()));
    });
    out_.absorb(backend, values, MatrixView<const Scalar>(attended), y, workspace);
    nn_detail::advance(lanes);
    workspace.release(mark);
  }

  /// The first rows of each lane's last draft become part of its cache: they stand there already.
  /// @throws value_error when more rows are kept than were drafted
  template <ComputeBackend Backend>
  void commit(const Backend&,
              std::type_identity_t<std::span<const MixerCommit<State<Backend>>>> commits) const {
    nn_detail::check_commits("Attention", commits);
    nn_detail::advance_committed(commits);
  }

  /// D.
  index_t d_model() const { return sizes_.d_model; }
  /// As they were given.
  const MixerConfiguration& sizes() const { return sizes_; }

 private:
  static const MixerConfiguration& checked(const MixerConfiguration& sizes) {
    sizes.check("Attention");
    sizes.check_theta("Attention");
    return sizes;
  }
  Initializer initializer(index_t rows) const {
    return Initializer::xavier(sizes_.d_model, rows, 0.7071067811865476);
  }

  // The parts of (R, 2 D + VD).
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
  AttentionInput<Scalar> attention_input(const MatrixView<Scalar>& p, index_t batch, index_t length) const {
    return {{batch, length, sizes_.num_heads, sizes_.d_key_of_head(), sizes_.d_value_of_head()},
            queries_of(p),
            keys_of(p),
            values_of(p)};
  }

  template <typename Backend>
  void turn(const Backend& backend, const MatrixView<Scalar>& p, index_t length, Turn direction,
            Workspace<Backend>& workspace) const {
    const auto table = workspace.template take<Scalar>(Shape<2>{length, sizes_.d_key_of_head()});
    backend.for_each(length, RotationTable<Scalar, SequencePlaces>{angles_, {length}, table},
                     16 * sizes_.d_key_of_head());
    turn_queries_and_keys(backend, table, length, sizes_.num_heads, direction, queries_of(p), keys_of(p));
  }

  // Groups of lanes that fit into a functor.
  template <typename Backend, typename Body>
  void for_each_group(std::span<const Lane<Backend>> lanes, const Body& body) const {
    CacheGroup<Scalar> empty;
    empty.key_width = sizes_.d_model;
    empty.value_width = sizes_.d_value;
    nn_detail::for_each_group(
        empty, lanes,
        [](CacheGroup<Scalar>& group, const Lane<Backend>& lane) {
          const auto& state = *lane.state;
          group.add({state.keys().data(), state.values().data(), lane.first_row, lane.count, state.position});
        },
        body);
  }

  MixerConfiguration sizes_;
  Linear<Scalar> in_;   // (2 D + VD, D)
  Linear<Scalar> out_;  // (D, VD)
  RotationAngles angles_;
};

}  // namespace flashvideo
