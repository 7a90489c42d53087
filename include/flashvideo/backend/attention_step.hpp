// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/backend/canonical_sum.hpp"
#include "flashvideo/backend/retention_step.hpp"
#include "flashvideo/backend/workspace.hpp"
#include "flashvideo/core/math.hpp"

namespace flashvideo {

/// A query row, its position n, and the rows of its sequence's keys and values from position 0 on.
template <typename Scalar>
struct AttentionPlace {
  index_t row;           ///< of the query
  index_t position;      ///< n, from the sequence's start
  const Scalar* keys;    ///< row 0, all heads
  index_t key_stride;    ///< elements from row to row
  const Scalar* values;  ///< row 0, all heads
  index_t value_stride;  ///< elements from row to row
};

/// Training: row b N + n sees rows b N .. b N + n.
template <typename Scalar>
struct SequenceKeys {
  MatrixView<const Scalar> k;  ///< (B N, H Dk)
  MatrixView<const Scalar> v;  ///< (B N, H Dv)
  index_t length;              ///< N

  /// Row i of B N.
  FLASHVIDEO_HOST_DEVICE AttentionPlace<Scalar> operator()(index_t i) const {
    const index_t position = i % length;
    const index_t first = i - position;
    return {i, position, k.row(first), k.stride(0), v.row(first), v.stride(0)};
  }
};

/// Generation: up to 16 spans, each seeing its own cache.
template <typename Scalar>
struct CacheGroup {
  static constexpr int capacity = 16;  ///< spans of a group
  /// Rows of one lane and its cache, which already holds theirs.
  struct Span {
    Scalar* keys;       ///< (>= position + count, H Dk)
    Scalar* values;     ///< (>= position + count, H Dv)
    index_t first_row;  ///< of the packed matrix
    index_t count;      ///< rows
    index_t position;   ///< of the first row's token
  };
  Span lanes[capacity];     ///< the first `size` are in use
  index_t key_width = 0;    ///< H Dk
  index_t value_width = 0;  ///< H Dv
  index_t size = 0;         ///< spans
  index_t rows = 0;         ///< of all spans

  /// One span more, at most `capacity`.
  void add(const Span& lane) {
    lanes[size++] = lane;
    rows += lane.count;
  }
  /// Row i of the group, counted span after span.
  FLASHVIDEO_HOST_DEVICE AttentionPlace<Scalar> operator()(index_t i) const {
    index_t lane = 0;
    while (i >= lanes[lane].count) i -= lanes[lane++].count;
    const Span& span = lanes[lane];
    return {span.first_row + i, span.position + i, span.keys, key_width, span.values, value_width};
  }
};

/// What attention reads; queries and keys are already rotated, keys already scaled.
template <typename Scalar>
struct AttentionInput {
  RetentionShape shape;        ///< extents, as retention has them
  MatrixView<const Scalar> q;  ///< (B N, H Dk)
  MatrixView<const Scalar> k;  ///< (B N, H Dk)
  MatrixView<const Scalar> v;  ///< (B N, H Dv)
};

/// Gradients of its inputs; written, not added to.
template <typename Scalar>
struct AttentionGradient {
  MatrixView<Scalar> dq;  ///< (B N, H Dk)
  MatrixView<Scalar> dk;  ///< (B N, H Dk)
  MatrixView<Scalar> dv;  ///< (B N, H Dv)
};

/// o_n = sum_{m<=n} softmax_m(q_n . k_m) v_m of one head, and the logarithm of the softmax's sum. Items i H +
/// h. Keys go in blocks of 64 by absolute position, each block's sum is merged by its maximum, so a row's
/// bits depend on its position and on nothing around it.
template <typename Scalar, typename Places>
struct AttentionRow {
  static constexpr index_t block = 64;  ///< keys of a block
  Places places;                        ///< `SequenceKeys` or `CacheGroup`
  index_t heads;                        ///< H
  index_t d_key;                        ///< Dk
  index_t d_value;                      ///< Dv
  MatrixView<const Scalar> q;           ///< (R, H Dk)
  MatrixView<Scalar> o;                 ///< (R, H Dv)
  MatrixView<Scalar> log_sums;          ///< (R, H) or empty

  /// One row of one head.
  FLASHVIDEO_HOST_DEVICE void operator()(index_t item) const {
    const AttentionPlace<Scalar> place = places(item / heads);
    const index_t h = item % heads;
    const Scalar* query = q.row(place.row) + h * d_key;
    Scalar* out = o.row(place.row) + h * d_value;
    for (index_t c = 0; c < d_value; ++c) out[c] = 0;
    Scalar largest = Scalar(-1e30);
    Scalar total = 0;
    Scalar weights[block];
    for (index_t first = 0; first <= place.position; first += block) {
      const index_t left = place.position + 1 - first;
      const index_t count = left < block ? left : block;
      const Scalar before = largest;
      for (index_t j = 0; j < count; ++j) {
        const Scalar* key = place.keys + (first + j) * place.key_stride + h * d_key;
        weights[j] = canonical_dot<Scalar>(d_key, query, key);
        largest = weights[j] > largest ? weights[j] : largest;
      }
      const Scalar rescale = math::exp(before - largest);
      for (index_t j = 0; j < count; ++j) weights[j] = math::exp(weights[j] - largest);
      Scalar sum = 0;
      for (index_t j = 0; j < count; ++j) sum = math::fma(weights[j], Scalar{1}, sum);
      total = math::fma(total, rescale, sum);
      for (index_t c = 0; c < d_value; ++c) out[c] = out[c] * rescale;
      for (index_t j = 0; j < count; ++j) {
        const Scalar* value = place.values + (first + j) * place.value_stride + h * d_value;
        const Scalar weight = weights[j];
        for (index_t c = 0; c < d_value; ++c) out[c] = math::fma(weight, value[c], out[c]);
      }
    }
    const Scalar share = Scalar{1} / total;
    for (index_t c = 0; c < d_value; ++c) out[c] = out[c] * share;
    if (log_sums.data() != nullptr) {
      log_sums(place.row, h) = largest + static_cast<Scalar>(math::log(static_cast<double>(total)));
    }
  }
};

/// delta_n = dO_n . O_n of one head. Items n H + h.
template <typename Scalar>
struct AttentionDelta {
  index_t heads;                 ///< H
  index_t d_value;               ///< Dv
  MatrixView<const Scalar> o;    ///< (R, H Dv)
  MatrixView<const Scalar> d_o;  ///< (R, H Dv)
  MatrixView<Scalar> delta;      ///< (R, H)

  /// One row of one head.
  FLASHVIDEO_HOST_DEVICE void operator()(index_t item) const {
    const index_t row = item / heads;
    const index_t h = item % heads;
    const Scalar* out = o.row(row) + h * d_value;
    const Scalar* gradient = d_o.row(row) + h * d_value;
    delta(row, h) = canonical_dot<Scalar>(d_value, out, gradient);
  }
};

namespace backend_detail {

/// The gradients of one row of q, k and v: with P_nm = exp(q_n . k_m - L_n), dS_nm = P_nm (dO_n . v_m -
/// delta_n),
///
///     dq_n = sum_{m<=n} dS_nm k_m     dk_m = sum_{n>=m} dS_nm q_n     dv_m = sum_{n>=m} P_nm dO_n
template <typename Scalar>
struct AttentionRowGradient {
  AttentionInput<Scalar> in;
  MatrixView<const Scalar> log_sums;  // (R, H): L
  MatrixView<const Scalar> delta;     // (R, H)
  MatrixView<const Scalar> d_o;       // (R, H Dv)
  AttentionGradient<Scalar> gradient;

  FLASHVIDEO_HOST_DEVICE void operator()(index_t item) const {
    const RetentionShape& shape = in.shape;
    const index_t row = item / shape.heads;
    const index_t h = item % shape.heads;
    const index_t first = row - row % shape.length;
    Scalar* dq = gradient.dq.row(row) + h * shape.d_key;
    Scalar* dk = gradient.dk.row(row) + h * shape.d_key;
    Scalar* dv = gradient.dv.row(row) + h * shape.d_value;
    for (index_t d = 0; d < shape.d_key; ++d) dq[d] = dk[d] = 0;
    for (index_t c = 0; c < shape.d_value; ++c) dv[c] = 0;
    for (index_t m = first; m <= row; ++m) {
      const Scalar ds = score_gradient(row, m, h, probability(row, m, h));
      const Scalar* key = in.k.row(m) + h * shape.d_key;
      for (index_t d = 0; d < shape.d_key; ++d) dq[d] = math::fma(ds, key[d], dq[d]);
    }
    for (index_t n = row; n < first + shape.length; ++n) {
      const Scalar p = probability(n, row, h);
      const Scalar ds = score_gradient(n, row, h, p);
      const Scalar* query = in.q.row(n) + h * shape.d_key;
      const Scalar* upstream = d_o.row(n) + h * shape.d_value;
      for (index_t d = 0; d < shape.d_key; ++d) dk[d] = math::fma(ds, query[d], dk[d]);
      for (index_t c = 0; c < shape.d_value; ++c) dv[c] = math::fma(p, upstream[c], dv[c]);
    }
  }

 private:
  FLASHVIDEO_HOST_DEVICE Scalar probability(index_t n, index_t m, index_t h) const {
    const Scalar* query = in.q.row(n) + h * in.shape.d_key;
    const Scalar* key = in.k.row(m) + h * in.shape.d_key;
    return math::exp(canonical_dot<Scalar>(in.shape.d_key, query, key) - log_sums(n, h));
  }
  FLASHVIDEO_HOST_DEVICE Scalar score_gradient(index_t n, index_t m, index_t h, Scalar p) const {
    const Scalar* upstream = d_o.row(n) + h * in.shape.d_value;
    const Scalar* value = in.v.row(m) + h * in.shape.d_value;
    return p * (canonical_dot<Scalar>(in.shape.d_value, upstream, value) - delta(n, h));
  }
};

}  // namespace backend_detail

namespace plain {

/// One row of one head at a time.
template <ComputeBackend Backend, typename Scalar>
void attention_forward(const Backend& backend, const AttentionInput<Scalar>& in,
                       std::type_identity_t<MatrixView<Scalar>> o,
                       std::type_identity_t<MatrixView<Scalar>> log_sums) {
  const RetentionShape& shape = in.shape;
  const SequenceKeys<Scalar> keys{in.k, in.v, shape.length};
  backend.for_each(shape.batch * shape.length * shape.heads,
                   AttentionRow<Scalar, SequenceKeys<Scalar>>{keys, shape.heads, shape.d_key, shape.d_value,
                                                              in.q, o, log_sums},
                   shape.length * (shape.d_key + shape.d_value));
}

/// Row by row; the probabilities are computed again from L.
template <ComputeBackend Backend, typename Scalar>
void attention_backward(const Backend& backend, const AttentionInput<Scalar>& in,
                        std::type_identity_t<MatrixView<const Scalar>> o,
                        std::type_identity_t<MatrixView<const Scalar>> log_sums,
                        std::type_identity_t<MatrixView<const Scalar>> d_o,
                        const AttentionGradient<Scalar>& gradient, Workspace<Backend>& workspace) {
  const RetentionShape& shape = in.shape;
  const index_t rows = shape.batch * shape.length;
  const auto mark = workspace.mark();
  const auto delta = workspace.template take<Scalar>(Shape<2>{rows, shape.heads});
  backend.for_each(rows * shape.heads, AttentionDelta<Scalar>{shape.heads, shape.d_value, o, d_o, delta},
                   shape.d_value);
  backend.for_each(rows * shape.heads,
                   backend_detail::AttentionRowGradient<Scalar>{in, log_sums, delta, d_o, gradient},
                   shape.length * (shape.d_key + shape.d_value));
  workspace.release(mark);
}

}  // namespace plain

}  // namespace flashvideo
