// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/backend/recurrence.hpp"

namespace flashvideo {

/// The rows of a draft that turned out to be right, on one lane: S takes them in.
template <typename Scalar>
struct KeptDraft {
  Scalar* state = nullptr;         ///< S (H, Dk, Dv)
  const Scalar* keys = nullptr;    ///< (count, H Dk)
  const Scalar* values = nullptr;  ///< (count, H Dv)
  index_t count = 0;               ///< rows
};

/// Up to 16 of them as a plain value that functors carry.
template <typename Scalar>
struct KeptDraftGroup {
  static constexpr int capacity = 16;  ///< lanes of a group
  KeptDraft<Scalar> lanes[capacity];   ///< the first `size` are in use
  index_t size = 0;                    ///< lanes
  index_t rows = 0;                    ///< of all lanes

  /// Of the average lane, for the work of a loop.
  index_t rows_of_a_lane() const { return rows / (size > 0 ? size : 1); }
  /// One lane more, at most `capacity`.
  void add(const KeptDraft<Scalar>& lane) {
    lanes[size++] = lane;
    rows += lane.count;
  }
};

/// Sizes of the heads whose drafts are replayed.
struct ReplaySizes {
  index_t heads;    ///< H
  index_t d_key;    ///< Dk
  index_t d_value;  ///< Dv
  HeadDecay decay;  ///< gamma of each head
};

namespace backend_detail {

/// A draft on one value column of one head of one lane. d goes outside, so that an element of S passes
/// through all rows in a register: S is read once and not written, however long the draft.
template <typename Scalar>
struct DraftColumn {
  LaneGroup<Scalar> group;
  RecurrenceRows<Scalar> rows;

  FLASHVIDEO_HOST_DEVICE void operator()(index_t item) const {
    const index_t c = item % rows.d_value;
    const index_t h = item / rows.d_value % rows.heads;
    const LaneSpan<Scalar>& lane = group.lanes[item / rows.d_value / rows.heads];
    const index_t begin = lane.settled_end();
    const index_t end = begin + lane.tentative;
    const Scalar gamma = rows.decay.template power<Scalar>(h, 1);
    const index_t column = h * rows.d_value + c;
    for (index_t r = begin; r < end; ++r) rows.o.row(r)[column] = 0;
    for (index_t d = 0; d < rows.d_key; ++d) {
      Scalar s = lane.state[(h * rows.d_key + d) * rows.d_value + c];
      for (index_t r = begin; r < end; ++r) {
        s = state_after(s, gamma, rows.k.row(r)[h * rows.d_key + d], rows.v.row(r)[column]);
        Scalar& o = rows.o.row(r)[column];
        o = math::fma(rows.q.row(r)[h * rows.d_key + d], s, o);
      }
    }
  }
};

/// Puts aside the keys and values of a lane's draft, one column of either.
template <typename Scalar>
struct KeepDraftColumn {
  LaneGroup<Scalar> group;
  RecurrenceRows<Scalar> rows;

  FLASHVIDEO_HOST_DEVICE void operator()(index_t item) const {
    const index_t key_width = rows.heads * rows.d_key;
    const index_t value_width = rows.heads * rows.d_value;
    const LaneSpan<Scalar>& lane = group.lanes[item / (key_width + value_width)];
    const index_t column = item % (key_width + value_width);
    for (index_t r = 0; r < lane.tentative; ++r) {
      const index_t row = lane.settled_end() + r;
      if (column < key_width) {
        lane.draft_keys[r * key_width + column] = rows.k.row(row)[column];
      } else {
        lane.draft_values[r * value_width + column - key_width] = rows.v.row(row)[column - key_width];
      }
    }
  }
};

/// The kept rows of a draft on one value column of one head of one lane.
template <typename Scalar>
struct ReplayColumn {
  KeptDraftGroup<Scalar> group;
  ReplaySizes sizes;

  FLASHVIDEO_HOST_DEVICE void operator()(index_t item) const {
    const index_t c = item % sizes.d_value;
    const index_t h = item / sizes.d_value % sizes.heads;
    const KeptDraft<Scalar>& lane = group.lanes[item / sizes.d_value / sizes.heads];
    const Scalar gamma = sizes.decay.template power<Scalar>(h, 1);
    const Scalar* keys = lane.keys + h * sizes.d_key;
    const Scalar* values = lane.values + h * sizes.d_value + c;
    for (index_t d = 0; d < sizes.d_key; ++d) {
      Scalar& element = lane.state[(h * sizes.d_key + d) * sizes.d_value + c];
      Scalar s = element;
      for (index_t r = 0; r < lane.count; ++r) {
        s = state_after(s, gamma, keys[r * sizes.heads * sizes.d_key + d],
                        values[r * sizes.heads * sizes.d_value]);
      }
      element = s;
    }
  }
};

}  // namespace backend_detail

namespace plain {

/// One value column of one head of one lane at a time.
template <ComputeBackend Backend, typename Scalar>
void draft_recurrence(const Backend& backend, const LaneGroup<Scalar>& group,
                      const RecurrenceRows<Scalar>& rows) {
  backend.for_each(group.size * rows.heads * (rows.d_key + rows.d_value),
                   backend_detail::KeepDraftColumn<Scalar>{group, rows}, 4);
  backend.for_each(group.size * rows.heads * rows.d_value, backend_detail::DraftColumn<Scalar>{group, rows},
                   rows.d_key * group.rows_of_a_lane());
}

/// One value column of one head of one lane at a time.
template <ComputeBackend Backend, typename Scalar>
void replay(const Backend& backend, const KeptDraftGroup<Scalar>& group, const ReplaySizes& sizes) {
  backend.for_each(group.size * sizes.heads * sizes.d_value,
                   backend_detail::ReplayColumn<Scalar>{group, sizes}, sizes.d_key * group.rows_of_a_lane());
}

}  // namespace plain

}  // namespace flashvideo
