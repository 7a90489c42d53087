// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include "flashvideo/backend/cpu/column_tiles.hpp"
#include "flashvideo/backend/draft_recurrence.hpp"

namespace flashvideo::cpu_detail {

/// A draft on a tile of value columns of one head of one lane: the operations of `DraftColumn`, a row of the
/// state tile at a time.
template <typename Scalar>
struct DraftTile {
  LaneGroup<Scalar> group;
  RecurrenceRows<Scalar> rows;
  ColumnTiles tiles;

  void operator()(index_t item) const {
    tiles.visit(item, [this](index_t lane, index_t h, index_t first, index_t columns) {
      if (group.lanes[lane].tentative > 0) run(group.lanes[lane], h, first, columns);
    });
  }

 private:
  void run(const LaneSpan<Scalar>& lane, index_t h, index_t first, index_t columns) const {
    const Scalar gamma = rows.decay.template power<Scalar>(h, 1);
    const index_t begin = lane.settled_end();
    const index_t end = begin + lane.tentative;
    const index_t column = h * rows.d_value + first;
    for (index_t r = begin; r < end; ++r) std::fill_n(rows.o.row(r) + column, columns, Scalar{0});
    Scalar s[ColumnTiles::block];
    for (index_t d = 0; d < rows.d_key; ++d) {
      const Scalar* state = lane.state + (h * rows.d_key + d) * rows.d_value + first;
      for (index_t c = 0; c < columns; ++c) s[c] = state[c];
      for (index_t r = begin; r < end; ++r) {
        const Scalar key = rows.k.row(r)[h * rows.d_key + d];
        const Scalar query = rows.q.row(r)[h * rows.d_key + d];
        const Scalar* v = rows.v.row(r) + column;
        Scalar* o = rows.o.row(r) + column;
        FLASHVIDEO_INDEPENDENT
        for (index_t c = 0; c < columns; ++c) {
          s[c] = state_after(s[c], gamma, key, v[c]);
          o[c] = math::fma(query, s[c], o[c]);
        }
      }
    }
  }
};

/// The kept rows of a draft on a tile of value columns: the operations of `ReplayColumn`.
template <typename Scalar>
struct ReplayTile {
  KeptDraftGroup<Scalar> group;
  ReplaySizes sizes;
  ColumnTiles tiles;

  void operator()(index_t item) const {
    tiles.visit(item, [this](index_t lane, index_t h, index_t first, index_t columns) {
      run(group.lanes[lane], h, first, columns);
    });
  }

 private:
  void run(const KeptDraft<Scalar>& lane, index_t h, index_t first, index_t columns) const {
    const Scalar gamma = sizes.decay.template power<Scalar>(h, 1);
    Scalar s[ColumnTiles::block];
    for (index_t d = 0; d < sizes.d_key; ++d) {
      Scalar* state = lane.state + (h * sizes.d_key + d) * sizes.d_value + first;
      for (index_t c = 0; c < columns; ++c) s[c] = state[c];
      for (index_t r = 0; r < lane.count; ++r) {
        const Scalar key = lane.keys[(r * sizes.heads + h) * sizes.d_key + d];
        const Scalar* v = lane.values + (r * sizes.heads + h) * sizes.d_value + first;
        for (index_t c = 0; c < columns; ++c) s[c] = state_after(s[c], gamma, key, v[c]);
      }
      for (index_t c = 0; c < columns; ++c) state[c] = s[c];
    }
  }
};

/// Puts aside the keys and values of one lane's draft.
template <typename Scalar>
struct KeepDraftRows {
  LaneGroup<Scalar> group;
  RecurrenceRows<Scalar> rows;

  void operator()(index_t l) const {
    const LaneSpan<Scalar>& lane = group.lanes[l];
    const index_t key_width = rows.heads * rows.d_key;
    const index_t value_width = rows.heads * rows.d_value;
    for (index_t r = 0; r < lane.tentative; ++r) {
      const index_t row = lane.settled_end() + r;
      std::copy_n(rows.k.row(row), key_width, lane.draft_keys + r * key_width);
      std::copy_n(rows.v.row(row), value_width, lane.draft_values + r * value_width);
    }
  }
};

/// The draft's rows on the host, tile by tile over value columns: the same bits as the plain form.
template <typename Host, typename Scalar>
void cpu_draft_recurrence(const Host& cpu, const LaneGroup<Scalar>& group,
                          const RecurrenceRows<Scalar>& rows) {
  const ColumnTiles tiles{rows.heads, rows.d_value, ColumnTiles::block};
  cpu.for_each(group.size, KeepDraftRows<Scalar>{group, rows},
               rows.heads * (rows.d_key + rows.d_value) * group.rows_of_a_lane());
  cpu.for_each(tiles.count(group.size), DraftTile<Scalar>{group, rows, tiles},
               rows.d_key * tiles.width * group.rows_of_a_lane());
}

/// The replay on the host, tile by tile over value columns: the same bits as the plain form.
template <typename Host, typename Scalar>
void cpu_replay(const Host& cpu, const KeptDraftGroup<Scalar>& group, const ReplaySizes& sizes) {
  const ColumnTiles tiles{sizes.heads, sizes.d_value, ColumnTiles::block};
  cpu.for_each(tiles.count(group.size), ReplayTile<Scalar>{group, sizes, tiles},
               sizes.d_key * tiles.width * group.rows_of_a_lane());
}

}  // namespace flashvideo::cpu_detail
