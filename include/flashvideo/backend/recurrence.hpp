// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/backend/epilogue.hpp"
#include "flashvideo/backend/head_decay.hpp"
#include "flashvideo/core/math.hpp"

namespace flashvideo {

/// A span of tokens of one lane: rows [first_row, first_row + count) stand at positions position,
/// position + 1, ... The last `tentative` of them are a draft (backend/draft_recurrence.hpp): they see S and
/// do not change it.
template <typename Scalar>
struct LaneSpan {
  Scalar* state = nullptr;         ///< S (H, Dk, Dv)
  index_t first_row = 0;           ///< of the packed matrix
  index_t count = 0;               ///< rows, the draft's included
  index_t position = 0;            ///< of the first row's token
  index_t tentative = 0;           ///< how many last rows are a draft
  Scalar* draft_keys = nullptr;    ///< (tentative, H Dk), where the draft's keys are kept
  Scalar* draft_values = nullptr;  ///< (tentative, H Dv)

  /// The row after the last one that changes S.
  FLASHVIDEO_HOST_DEVICE index_t settled_end() const { return first_row + count - tentative; }
};

/// A row of the packed matrix and the position of its token.
struct RowPlace {
  index_t row;       ///< of the packed matrix
  index_t position;  ///< from the sequence's start
};

/// Rows b N + n of training: row i stands at position i mod N.
struct SequencePlaces {
  index_t length;  ///< N
  /// Row i at position i mod N.
  FLASHVIDEO_HOST_DEVICE RowPlace operator()(index_t i) const { return {i, i % length}; }
};

/// Up to 16 spans as a plain value that functors carry, so that a generation step uploads nothing.
template <typename Scalar>
struct LaneGroup {
  static constexpr int capacity = 16;  ///< spans of a group
  LaneSpan<Scalar> lanes[capacity];    ///< the first `size` are in use
  index_t size = 0;                    ///< spans
  index_t rows = 0;                    ///< of all lanes

  /// One span more, at most `capacity`.
  void add(const LaneSpan<Scalar>& lane) {
    lanes[size++] = lane;
    rows += lane.count;
  }
  /// Of the average lane, for the work of a loop.
  index_t rows_of_a_lane() const { return rows / (size > 0 ? size : 1); }
  /// Row i of the group, counted lane after lane.
  FLASHVIDEO_HOST_DEVICE RowPlace operator()(index_t i) const {
    index_t lane = 0;
    while (i >= lanes[lane].count) i -= lanes[lane++].count;
    return {lanes[lane].first_row + i, lanes[lane].position + i};
  }
};

/// What the recurrence reads and writes, columns by head as in `RetentionInput`.
template <typename Scalar>
struct RecurrenceRows {
  index_t heads;               ///< H
  index_t d_key;               ///< Dk
  index_t d_value;             ///< Dv
  HeadDecay decay;             ///< gamma of each head
  MatrixView<const Scalar> q;  ///< (R, H Dk)
  MatrixView<const Scalar> k;  ///< (R, H Dk)
  MatrixView<const Scalar> v;  ///< (R, H Dv)
  MatrixView<Scalar> o;        ///< (R, H Dv)
};

/// An element of S after one more token: gamma S + k v.
template <typename Scalar>
FLASHVIDEO_HOST_DEVICE Scalar state_after(Scalar s, Scalar gamma, Scalar k, Scalar v) {
  return math::fma(k, v, gamma * s);
}

namespace backend_detail {

/// The recurrence of one value column of one head of one lane, row after row.
template <typename Scalar>
struct RecurrenceColumn {
  LaneGroup<Scalar> group;
  RecurrenceRows<Scalar> rows;

  FLASHVIDEO_HOST_DEVICE void operator()(index_t item) const {
    const index_t c = item % rows.d_value;
    const index_t h = item / rows.d_value % rows.heads;
    const LaneSpan<Scalar>& lane = group.lanes[item / rows.d_value / rows.heads];
    const Scalar gamma = rows.decay.template power<Scalar>(h, 1);
    Scalar* state = lane.state + h * rows.d_key * rows.d_value + c;
    for (index_t r = lane.first_row; r < lane.settled_end(); ++r) {
      const Scalar* q = rows.q.row(r) + h * rows.d_key;
      const Scalar* k = rows.k.row(r) + h * rows.d_key;
      const Scalar v = rows.v.row(r)[h * rows.d_value + c];
      Scalar o = 0;
      for (index_t d = 0; d < rows.d_key; ++d) {
        const Scalar s = state_after(state[d * rows.d_value], gamma, k[d], v);
        state[d * rows.d_value] = s;
        o = math::fma(q[d], s, o);
      }
      rows.o.row(r)[h * rows.d_value + c] = o;
    }
  }
};

}  // namespace backend_detail

namespace plain {

/// One value column of one head of one lane at a time.
template <ComputeBackend Backend, typename Scalar, typename After>
void recurrence(const Backend& backend, const LaneGroup<Scalar>& group, const RecurrenceRows<Scalar>& rows,
                const After& after) {
  backend.for_each(group.size * rows.heads * rows.d_value,
                   backend_detail::RecurrenceColumn<Scalar>{group, rows},
                   rows.d_key * group.rows_of_a_lane());
  if constexpr (is_epilogue<After>) backend.for_each(group.rows * rows.heads, after, 16 * rows.d_value);
}

}  // namespace plain

}  // namespace flashvideo
