// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/backend/chunk_schedule.hpp"
#include "flashvideo/backend/retention_state.hpp"
#include "flashvideo/backend/verbs.hpp"

namespace flashvideo {

/// Retention, the sequence mixer of RetNet, by a mode that is a chunk schedule over one step:
///
///     o_n = sum_{m<=n} gamma^(n-m) (q_n . k_m) v_m          [FlashVideo] eq. (1) and (2)
///
/// Shapes: q, k (B N, H Dk), v, o (B N, H Dv); row b N + n is position n of sequence b.
/// @tparam Mode `Parallel`, `Recurrent` or `Chunkwise<C>`; all give the same values up to rounding
/// @code
/// Retention<Chunkwise<64>> retention;
/// auto states = retention.take_states(cpu, input, workspace);
/// retention.forward(cpu, input, states, o, workspace);
/// @endcode
template <RetentionMode Mode>
class Retention {
 public:
  /// By this schedule of chunks.
  explicit Retention(Mode mode = {}) : mode_(mode) {}

  /// Room for the states that backward needs; the sequences start from nothing.
  template <ComputeBackend Backend, typename Scalar>
  ChunkStates<Scalar> take_states(const Backend&, const RetentionInput<Scalar>& in,
                                  Workspace<Backend>& workspace) const {
    const index_t chunks = mode_.schedule(in.shape.length).count();
    return {workspace.template take<Scalar>(
                Shape<4>{in.shape.batch * in.shape.heads, chunks, in.shape.d_key, in.shape.d_value}),
            true};
  }

  /// @throws shape_error when a view does not fit `in.shape`
  template <ComputeBackend Backend, typename Scalar>
  void forward(const Backend& backend, const RetentionInput<Scalar>& in, const ChunkStates<Scalar>& states,
               std::type_identity_t<MatrixView<Scalar>> o, Workspace<Backend>& workspace) const {
    check(in, states, o, "forward");
    verbs::retention_forward(backend, mode_.schedule(in.shape.length), in, states, o, workspace);
  }

  /// Gradients of q, k, v from that of o, written over what they hold.
  template <ComputeBackend Backend, typename Scalar>
  void backward(const Backend& backend, const RetentionInput<Scalar>& in, const ChunkStates<Scalar>& states,
                std::type_identity_t<MatrixView<const Scalar>> d_o, const RetentionGradient<Scalar>& gradient,
                Workspace<Backend>& workspace) const {
    const auto mark = workspace.mark();
    const StateGradient<Scalar> none{workspace.template take<Scalar>(
        Shape<3>{in.shape.batch * in.shape.heads, in.shape.d_key, in.shape.d_value})};
    backward(backend, in, states, d_o, gradient, none, workspace);
    workspace.release(mark);
  }
  /// The same with the gradient of the final state, turned into that of the initial state.
  template <ComputeBackend Backend, typename Scalar>
  void backward(const Backend& backend, const RetentionInput<Scalar>& in, const ChunkStates<Scalar>& states,
                std::type_identity_t<MatrixView<const Scalar>> d_o, const RetentionGradient<Scalar>& gradient,
                const StateGradient<Scalar>& d_state, Workspace<Backend>& workspace) const {
    check(in, states, d_o, "backward");
    verbs::retention_backward(backend, mode_.schedule(in.shape.length), in, states, d_o, gradient, d_state,
                              workspace);
  }

  /// Continues one sequence (B = 1) from its state and moves the state on by N positions.
  template <ComputeBackend Backend, typename Scalar>
  void advance(const Backend& backend, const RetentionInput<Scalar>& in,
               RetentionState<Scalar, Backend>& state, std::type_identity_t<MatrixView<Scalar>> o,
               Workspace<Backend>& workspace) const {
    require<shape_error>(in.shape.batch == 1, "Retention::advance: batch is {}, expected 1", in.shape.batch);
    const index_t chunks = mode_.schedule(in.shape.length).count();
    const RetentionShape& shape = in.shape;
    const ChunkStates<Scalar> latest{
        TensorView<Scalar, 4>(state.memory().data(), {shape.heads, chunks + 1, shape.d_key, shape.d_value},
                              {shape.d_key * shape.d_value, 0, shape.d_value, 1}),
        false};
    require<shape_error>(state.size() == shape.heads * shape.d_key * shape.d_value,
                         "Retention::advance: the state has {} elements, expected {} x {} x {}", state.size(),
                         shape.heads, shape.d_key, shape.d_value);
    forward(backend, in, latest, o, workspace);
    state.position += shape.length;
  }

 private:
  template <typename Scalar>
  void check(const RetentionInput<Scalar>& in, const ChunkStates<Scalar>& states,
             std::type_identity_t<MatrixView<const Scalar>> o, const char* function) const {
    const RetentionShape& shape = in.shape;
    const auto fits = [&](const char* name, MatrixView<const Scalar> x, index_t width) {
      require<shape_error>(x.extent(0) == shape.batch * shape.length && x.extent(1) == shape.heads * width,
                           "Retention::{}: {} is ({}, {}), expected ({}, {})", function, name, x.extent(0),
                           x.extent(1), shape.batch * shape.length, shape.heads * width);
    };
    fits("q", in.q, shape.d_key);
    fits("k", in.k, shape.d_key);
    fits("v", in.v, shape.d_value);
    fits("o", o, shape.d_value);
    const index_t chunks = mode_.schedule(shape.length).count();
    require<shape_error>(
        states.matrices.extent(0) == shape.batch * shape.heads && states.matrices.extent(1) >= chunks &&
            states.matrices.extent(2) == shape.d_key && states.matrices.extent(3) == shape.d_value,
        "Retention::{}: states are {}, expected ({}, {}, {}, {})", function,
        shape_text(states.matrices.shape()), shape.batch * shape.heads, chunks, shape.d_key, shape.d_value);
  }

  Mode mode_;
};

}  // namespace flashvideo
