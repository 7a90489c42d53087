// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/backend/chunk_schedule.hpp"
#include "flashvideo/backend/head_decay.hpp"
#include "flashvideo/backend/workspace.hpp"
#include "flashvideo/core/math.hpp"

namespace flashvideo {

/// Extents of a retention: B sequences of N positions, H heads of key width Dk and value width Dv.
struct RetentionShape {
  index_t batch = 1;    ///< B
  index_t length = 0;   ///< N
  index_t heads = 1;    ///< H
  index_t d_key = 1;    ///< Dk
  index_t d_value = 1;  ///< Dv
};

/// What retention reads: rows b N + n, head h in columns [h Dk, (h+1) Dk) of q and k, [h Dv, (h+1) Dv) of v.
/// Queries and keys are already rotated, keys already scaled.
template <typename Scalar>
struct RetentionInput {
  RetentionShape shape;        ///< extents
  HeadDecay decay;             ///< gamma of each head
  MatrixView<const Scalar> q;  ///< (B N, H Dk)
  MatrixView<const Scalar> k;  ///< (B N, H Dk)
  MatrixView<const Scalar> v;  ///< (B N, H Dv)
};

/// The states S before each chunk (B H, chunks or chunks + 1, Dk, Dv). With chunks + 1 slots the state after
/// the last chunk is written too; a stride of 0 on the axis of chunks keeps only the latest. Slot 0 is the
/// initial state; it is neither read nor needed when the sequence starts from nothing.
template <typename Scalar>
struct ChunkStates {
  TensorView<Scalar, 4> matrices;  ///< (B H, slots, Dk, Dv)
  bool from_zero = true;           ///< slot 0 is not read
};

/// One chunk of every sequence and head, as a step sees it; streams bh are the heads of all sequences.
template <typename Scalar>
struct RetentionChunk {
  RetentionInput<Scalar> in;        ///< of the whole sequences
  MatrixView<const Scalar> powers;  ///< gamma^0 .. gamma^C of each head, (H, C + 1)
  index_t begin;                    ///< first position
  index_t count;                    ///< C

  /// The head of a stream.
  FLASHVIDEO_HOST_DEVICE index_t head(index_t bh) const { return bh % in.shape.heads; }
  /// The row of position begin + i of a stream.
  FLASHVIDEO_HOST_DEVICE index_t row(index_t bh, index_t i) const {
    return bh / in.shape.heads * in.shape.length + begin + i;
  }
  /// @{
  /// That row of q (Dk), k (Dk) or v (Dv).
  FLASHVIDEO_HOST_DEVICE const Scalar* q(index_t bh, index_t i) const {
    return in.q.row(row(bh, i)) + head(bh) * in.shape.d_key;
  }
  FLASHVIDEO_HOST_DEVICE const Scalar* k(index_t bh, index_t i) const {
    return in.k.row(row(bh, i)) + head(bh) * in.shape.d_key;
  }
  FLASHVIDEO_HOST_DEVICE const Scalar* v(index_t bh, index_t i) const {
    return in.v.row(row(bh, i)) + head(bh) * in.shape.d_value;
  }
  /// @}
  /// gamma^exponent of the head of bh.
  FLASHVIDEO_HOST_DEVICE Scalar power(index_t bh, index_t exponent) const {
    return powers(head(bh), exponent);
  }
  /// B H.
  FLASHVIDEO_HOST_DEVICE index_t streams() const { return in.shape.batch * in.shape.heads; }
};

namespace backend_detail {

/// powers[h][d] = gamma_h^d, d = 0..longest.
template <typename Scalar>
struct DecayPowers {
  HeadDecay decay;
  MatrixView<Scalar> powers;  // (H, longest + 1)
  FLASHVIDEO_HOST_DEVICE void operator()(index_t h) const {
    for (index_t d = 0; d < powers.extent(1); ++d) powers(h, d) = decay.template power<Scalar>(h, d);
  }
};

/// out_ij = gamma^(i-j) a_i . b_j for j <= i, else 0: the scores P o D with a = q, b = k, their gradient with
/// a = dO, b = v.
template <typename Scalar>
struct ChunkScores {
  RetentionChunk<Scalar> chunk;
  MatrixView<const Scalar> a;  // (B N, H width)
  MatrixView<const Scalar> b;  // (B N, H width)
  index_t width;
  Scalar* scores;  // (B H, C, C)

  FLASHVIDEO_HOST_DEVICE void operator()(index_t item) const {
    const index_t j = item % chunk.count;
    const index_t i = item / chunk.count % chunk.count;
    const index_t bh = item / chunk.count / chunk.count;
    Scalar sum = 0;
    if (j <= i) {
      const Scalar* left = a.row(chunk.row(bh, i)) + chunk.head(bh) * width;
      const Scalar* right = b.row(chunk.row(bh, j)) + chunk.head(bh) * width;
      for (index_t c = 0; c < width; ++c) sum = math::fma(left[c], right[c], sum);
      sum = sum * chunk.power(bh, i - j);
    }
    scores[item] = sum;
  }
};

/// o_i = sum_{j<=i} A_ij v_j + gamma^i q_i S, i = 1..C. The output (docs/guide/4-retention.md).
template <typename Scalar>
struct ChunkOutput {
  RetentionChunk<Scalar> chunk;
  const Scalar* scores;         // (B H, C, C)
  TensorView<Scalar, 3> state;  // (B H, Dk, Dv)
  bool has_state;
  MatrixView<Scalar> o;  // (B N, H Dv)

  FLASHVIDEO_HOST_DEVICE void operator()(index_t item) const {
    const RetentionShape& shape = chunk.in.shape;
    const index_t c = item % shape.d_value;
    const index_t i = item / shape.d_value % chunk.count;
    const index_t bh = item / shape.d_value / chunk.count;
    const Scalar* score = scores + (bh * chunk.count + i) * chunk.count;
    Scalar sum = 0;
    if (has_state) {
      const Scalar* q = chunk.q(bh, i);
      for (index_t d = 0; d < shape.d_key; ++d) sum = math::fma(q[d], state(bh, d, c), sum);
      sum = sum * chunk.power(bh, i + 1);
    }
    for (index_t j = 0; j <= i; ++j) sum = math::fma(score[j], chunk.v(bh, j)[c], sum);
    o.row(chunk.row(bh, i))[chunk.head(bh) * shape.d_value + c] = sum;
  }
};

/// S' = gamma^C S + sum_j gamma^(C-j) k_j^T v_j. The state after the chunk; `next` may be `state`.
template <typename Scalar>
struct ChunkState {
  RetentionChunk<Scalar> chunk;
  TensorView<Scalar, 3> state;  // (B H, Dk, Dv)
  bool has_state;
  TensorView<Scalar, 3> next;  // (B H, Dk, Dv)

  FLASHVIDEO_HOST_DEVICE void operator()(index_t item) const {
    const RetentionShape& shape = chunk.in.shape;
    const index_t c = item % shape.d_value;
    const index_t d = item / shape.d_value % shape.d_key;
    const index_t bh = item / shape.d_value / shape.d_key;
    Scalar sum = has_state ? chunk.power(bh, chunk.count) * state(bh, d, c) : Scalar{0};
    for (index_t j = 0; j < chunk.count; ++j) {
      sum = math::fma(chunk.power(bh, chunk.count - 1 - j) * chunk.k(bh, j)[d], chunk.v(bh, j)[c], sum);
    }
    next(bh, d, c) = sum;
  }
};

}  // namespace backend_detail

/// States of chunk slot t as (B H, Dk, Dv).
template <typename Scalar>
FLASHVIDEO_HOST_DEVICE TensorView<Scalar, 3> states_of_chunk(const TensorView<Scalar, 4>& matrices,
                                                             index_t t) {
  return {matrices.data() + t * matrices.stride(1),
          {matrices.extent(0), matrices.extent(2), matrices.extent(3)},
          {matrices.stride(0), matrices.stride(2), matrices.stride(3)}};
}

/// Powers gamma_h^0 .. gamma_h^C on the backend.
template <ComputeBackend Backend, typename Scalar>
MatrixView<Scalar> decay_powers(const Backend& backend, const HeadDecay& decay, index_t heads,
                                index_t longest, Workspace<Backend>& workspace) {
  const auto powers = workspace.template take<Scalar>(Shape<2>{heads, longest + 1});
  backend.for_each(heads, backend_detail::DecayPowers<Scalar>{decay, powers}, 16 * (longest + 1));
  return powers;
}

namespace plain {

/// One step of the one formula (docs/guide/4-retention.md) for all sequences and heads: the chunk's outputs,
/// then the state after it when `next` is given.
///
///     o_i = gamma^i q_i S  +  sum_{j<=i} gamma^(i-j) (q_i . k_j) v_j
///     S'  = gamma^C S      +  sum_j gamma^(C-j) k_j^T v_j
template <ComputeBackend Backend, typename Scalar>
void retention_step(const Backend& backend, const RetentionChunk<Scalar>& chunk, Scalar* scores,
                    TensorView<Scalar, 3> state, bool has_state, const TensorView<Scalar, 3>* next,
                    MatrixView<Scalar> o) {
  const RetentionShape& shape = chunk.in.shape;
  const index_t rows = chunk.streams() * chunk.count;
  backend.for_each(rows * chunk.count,
                   backend_detail::ChunkScores<Scalar>{chunk, chunk.in.q, chunk.in.k, shape.d_key, scores},
                   shape.d_key);
  backend.for_each(rows * shape.d_value,
                   backend_detail::ChunkOutput<Scalar>{chunk, scores, state, has_state, o},
                   chunk.count + shape.d_key);
  if (next != nullptr) {
    backend.for_each(chunk.streams() * shape.d_key * shape.d_value,
                     backend_detail::ChunkState<Scalar>{chunk, state, has_state, *next}, chunk.count);
  }
}

/// A loop of steps, one chunk of all sequences and heads after another.
template <ComputeBackend Backend, typename Scalar>
void retention_forward(const Backend& backend, const ChunkSchedule& schedule,
                       const RetentionInput<Scalar>& in, const ChunkStates<Scalar>& states,
                       MatrixView<Scalar> o, Workspace<Backend>& workspace) {
  const auto mark = workspace.mark();
  const auto powers =
      decay_powers<Backend, Scalar>(backend, in.decay, in.shape.heads, schedule.chunk, workspace);
  const auto scores = workspace.template take<Scalar>(
      Shape<3>{in.shape.batch * in.shape.heads, schedule.chunk, schedule.chunk});
  for (index_t t = 0; t < schedule.count(); ++t) {
    const RetentionChunk<Scalar> chunk{in, powers, schedule.begin(t), schedule.size(t)};
    const auto next = states_of_chunk(states.matrices, t + 1);
    plain::retention_step(backend, chunk, scores.data(), states_of_chunk(states.matrices, t),
                          t > 0 || !states.from_zero, t + 1 < states.matrices.extent(1) ? &next : nullptr, o);
  }
  workspace.release(mark);
}

}  // namespace plain

}  // namespace flashvideo
