// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/backend/retention_step.hpp"

namespace flashvideo {

/// Gradients of retention's inputs, laid out as `RetentionInput`; written, not added to.
template <typename Scalar>
struct RetentionGradient {
  MatrixView<Scalar> dq;  ///< (B N, H Dk)
  MatrixView<Scalar> dk;  ///< (B N, H Dk)
  MatrixView<Scalar> dv;  ///< (B N, H Dv)
};

/// Gradient of the state (B H, Dk, Dv), carried from the last chunk to the first: on entry that of the final
/// state (ignored when `from_zero`), on return that of the initial state (left unfinished unless `wanted`).
template <typename Scalar>
struct StateGradient {
  TensorView<Scalar, 3> ds;  ///< (B H, Dk, Dv)
  bool from_zero = true;     ///< the final state is not used
  bool wanted = false;       ///< the initial state was one of its own
};

namespace backend_detail {

/// dQ = dP K + G dO S^T.
template <typename Scalar>
struct ChunkQueryGradient {
  RetentionChunk<Scalar> chunk;
  MatrixView<const Scalar> d_o;  // (B N, H Dv)
  const Scalar* d_scores;        // (B H, C, C): dP
  TensorView<Scalar, 3> state;   // (B H, Dk, Dv)
  bool has_state;
  MatrixView<Scalar> dq;  // (B N, H Dk)

  FLASHVIDEO_HOST_DEVICE void operator()(index_t item) const {
    const RetentionShape& shape = chunk.in.shape;
    const index_t d = item % shape.d_key;
    const index_t i = item / shape.d_key % chunk.count;
    const index_t bh = item / shape.d_key / chunk.count;
    const Scalar* d_score = d_scores + (bh * chunk.count + i) * chunk.count;
    Scalar sum = 0;
    if (has_state) {
      const Scalar* gradient = d_o.row(chunk.row(bh, i)) + chunk.head(bh) * shape.d_value;
      for (index_t c = 0; c < shape.d_value; ++c) sum = math::fma(gradient[c], state(bh, d, c), sum);
      sum = sum * chunk.power(bh, i + 1);
    }
    for (index_t j = 0; j <= i; ++j) sum = math::fma(d_score[j], chunk.k(bh, j)[d], sum);
    dq.row(chunk.row(bh, i))[chunk.head(bh) * shape.d_key + d] = sum;
  }
};

/// dK = dP^T Q + E V dS'^T.
template <typename Scalar>
struct ChunkKeyGradient {
  RetentionChunk<Scalar> chunk;
  const Scalar* d_scores;    // (B H, C, C): dP
  TensorView<Scalar, 3> ds;  // (B H, Dk, Dv): dS'
  bool has_ds;
  MatrixView<Scalar> dk;  // (B N, H Dk)

  FLASHVIDEO_HOST_DEVICE void operator()(index_t item) const {
    const RetentionShape& shape = chunk.in.shape;
    const index_t d = item % shape.d_key;
    const index_t j = item / shape.d_key % chunk.count;
    const index_t bh = item / shape.d_key / chunk.count;
    Scalar sum = 0;
    if (has_ds) {
      const Scalar* v = chunk.v(bh, j);
      for (index_t c = 0; c < shape.d_value; ++c) sum = math::fma(v[c], ds(bh, d, c), sum);
      sum = sum * chunk.power(bh, chunk.count - 1 - j);
    }
    for (index_t i = j; i < chunk.count; ++i) {
      sum = math::fma(d_scores[(bh * chunk.count + i) * chunk.count + j], chunk.q(bh, i)[d], sum);
    }
    dk.row(chunk.row(bh, j))[chunk.head(bh) * shape.d_key + d] = sum;
  }
};

/// dV = A^T dO + E K dS'.
template <typename Scalar>
struct ChunkValueGradient {
  RetentionChunk<Scalar> chunk;
  MatrixView<const Scalar> d_o;  // (B N, H Dv)
  const Scalar* scores;          // (B H, C, C): A
  TensorView<Scalar, 3> ds;      // (B H, Dk, Dv): dS'
  bool has_ds;
  MatrixView<Scalar> dv;  // (B N, H Dv)

  FLASHVIDEO_HOST_DEVICE void operator()(index_t item) const {
    const RetentionShape& shape = chunk.in.shape;
    const index_t c = item % shape.d_value;
    const index_t j = item / shape.d_value % chunk.count;
    const index_t bh = item / shape.d_value / chunk.count;
    const index_t column = chunk.head(bh) * shape.d_value + c;
    Scalar sum = 0;
    if (has_ds) {
      const Scalar* k = chunk.k(bh, j);
      for (index_t d = 0; d < shape.d_key; ++d) sum = math::fma(k[d], ds(bh, d, c), sum);
      sum = sum * chunk.power(bh, chunk.count - 1 - j);
    }
    for (index_t i = j; i < chunk.count; ++i) {
      const Scalar score = scores[(bh * chunk.count + i) * chunk.count + j];
      sum = math::fma(score, d_o.row(chunk.row(bh, i))[column], sum);
    }
    dv.row(chunk.row(bh, j))[column] = sum;
  }
};

/// dS = gamma^C dS' + (G Q)^T dO, in place.
template <typename Scalar>
struct ChunkStateGradient {
  RetentionChunk<Scalar> chunk;
  MatrixView<const Scalar> d_o;  // (B N, H Dv)
  TensorView<Scalar, 3> ds;      // (B H, Dk, Dv)
  bool has_ds;

  FLASHVIDEO_HOST_DEVICE void operator()(index_t item) const {
    const RetentionShape& shape = chunk.in.shape;
    const index_t c = item % shape.d_value;
    const index_t d = item / shape.d_value % shape.d_key;
    const index_t bh = item / shape.d_value / shape.d_key;
    Scalar sum = has_ds ? chunk.power(bh, chunk.count) * ds(bh, d, c) : Scalar{0};
    for (index_t i = 0; i < chunk.count; ++i) {
      sum = math::fma(chunk.power(bh, i + 1) * chunk.q(bh, i)[d],
                      d_o.row(chunk.row(bh, i))[chunk.head(bh) * shape.d_value + c], sum);
    }
    ds(bh, d, c) = sum;
  }
};

}  // namespace backend_detail

namespace plain {

/// Backward of one step (docs/guide/4-retention.md), with P = Q K^T, A = P o D, dP = (dO V^T) o D,
/// G_i = gamma^i, E_j = gamma^(C-j):
///
///     dV = A^T dO + E K dS'     dQ = dP K + G dO S^T     dK = dP^T Q + E V dS'^T
///     dS = gamma^C dS' + (G Q)^T dO
template <ComputeBackend Backend, typename Scalar>
void retention_step_backward(const Backend& backend, const RetentionChunk<Scalar>& chunk, Scalar* scores,
                             Scalar* d_scores, TensorView<Scalar, 3> state, bool has_state,
                             std::type_identity_t<MatrixView<const Scalar>> d_o,
                             const RetentionGradient<Scalar>& gradient, TensorView<Scalar, 3> ds, bool has_ds,
                             bool wants_ds) {
  const RetentionShape& shape = chunk.in.shape;
  const index_t rows = chunk.streams() * chunk.count;
  backend.for_each(rows * chunk.count,
                   backend_detail::ChunkScores<Scalar>{chunk, chunk.in.q, chunk.in.k, shape.d_key, scores},
                   shape.d_key);
  backend.for_each(rows * chunk.count,
                   backend_detail::ChunkScores<Scalar>{chunk, d_o, chunk.in.v, shape.d_value, d_scores},
                   shape.d_value);
  backend.for_each(
      rows * shape.d_key,
      backend_detail::ChunkQueryGradient<Scalar>{chunk, d_o, d_scores, state, has_state, gradient.dq},
      chunk.count + shape.d_value);
  backend.for_each(rows * shape.d_key,
                   backend_detail::ChunkKeyGradient<Scalar>{chunk, d_scores, ds, has_ds, gradient.dk},
                   chunk.count + shape.d_value);
  backend.for_each(rows * shape.d_value,
                   backend_detail::ChunkValueGradient<Scalar>{chunk, d_o, scores, ds, has_ds, gradient.dv},
                   chunk.count + shape.d_key);
  if (wants_ds) {
    backend.for_each(chunk.streams() * shape.d_key * shape.d_value,
                     backend_detail::ChunkStateGradient<Scalar>{chunk, d_o, ds, has_ds}, chunk.count);
  }
}

/// A loop of steps, last chunk first.
template <ComputeBackend Backend, typename Scalar>
void retention_backward(const Backend& backend, const ChunkSchedule& schedule,
                        const RetentionInput<Scalar>& in, const ChunkStates<Scalar>& states,
                        std::type_identity_t<MatrixView<const Scalar>> d_o,
                        const RetentionGradient<Scalar>& gradient, const StateGradient<Scalar>& d_state,
                        Workspace<Backend>& workspace) {
  const auto mark = workspace.mark();
  const auto powers =
      decay_powers<Backend, Scalar>(backend, in.decay, in.shape.heads, schedule.chunk, workspace);
  const Shape<3> score_shape{in.shape.batch * in.shape.heads, schedule.chunk, schedule.chunk};
  const auto scores = workspace.template take<Scalar>(score_shape);
  const auto d_scores = workspace.template take<Scalar>(score_shape);
  for (index_t t = schedule.count() - 1; t >= 0; --t) {
    const RetentionChunk<Scalar> chunk{in, powers, schedule.begin(t), schedule.size(t)};
    plain::retention_step_backward(backend, chunk, scores.data(), d_scores.data(),
                                   states_of_chunk(states.matrices, t), t > 0 || !states.from_zero, d_o,
                                   gradient, d_state.ds, t + 1 < schedule.count() || !d_state.from_zero,
                                   t > 0 || d_state.wanted);
  }
  workspace.release(mark);
}

}  // namespace plain

}  // namespace flashvideo
