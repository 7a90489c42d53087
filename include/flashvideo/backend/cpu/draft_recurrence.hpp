// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include "flashvideo/backend/cpu/retention_recurrence.hpp"
#include "flashvideo/backend/draft_recurrence.hpp"

namespace flashvideo::cpu_detail {

/// A draft on a tile of value columns of one head of one lane: the operations of `DraftColumn`, a row of the
/// state tile at a time.
template <typename Scalar>
struct DraftTile {
  static constexpr index_t width = RecurrenceTile<Scalar>::block;
  LaneGroup<Scalar> group;
  RecurrenceRows<Scalar> rows;
  index_t tiles;  // per head

  void operator()(index_t item) const {
    const index_t tile = item % tiles;
    const index_t h = item / tiles % rows.heads;
    const LaneSpan<Scalar>& lane = group.lanes[item / tiles / rows.heads];
    if (lane.tentative == 0) return;
    const index_t columns = (std::min)(width, rows.d_value - tile * width);
    if (columns == width) {
      run(lane, h, tile * width, width);
    } else {
      run(lane, h, tile * width, columns);
    }
  }

 private:
  void run(const LaneSpan<Scalar>& lane, index_t h, index_t first, index_t columns) const {
    const Scalar gamma = rows.decay.template power<Scalar>(h, 1);
    const index_t begin = lane.settled_end();
    const index_t end = begin + lane.tentative;
    const index_t column = h * rows.d_value + first;
    for (index_t r = begin; r < end; ++r) std::fill_n(rows.o.row(r) + column, columns, Scalar{0});
    Scalar s[width];
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
  static constexpr index_t width = RecurrenceTile<Scalar>::block;
  KeptDraftGroup<Scalar> group;
  ReplaySizes sizes;
  index_t tiles;  // per head

  void operator()(index_t item) const {
    const index_t tile = item % tiles;
    const index_t h = item / tiles % sizes.heads;
    const KeptDraft<Scalar>& lane = group.lanes[item / tiles / sizes.heads];
    const index_t columns = (std::min)(width, sizes.d_value - tile * width);
    if (columns == width) {
      run(lane, h, tile * width, width);
    } else {
      run(lane, h, tile * width, columns);
    }
  }

 private:
  void run(const KeptDraft<Scalar>& lane, index_t h, index_t first, index_t columns) const {
    const Scalar gamma = sizes.decay.template power<Scalar>(h, 1);
    Scalar s[width];
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
  using Tile = DraftTile<Scalar>;
  const index_t tiles = (rows.d_value + Tile::width - 1) / Tile::width;
  cpu.for_each(group.size, KeepDraftRows<Scalar>{group, rows},
               rows.heads * (rows.d_key + rows.d_value) * group.rows_of_a_lane());
  cpu.for_each(group.size * rows.heads * tiles, Tile{group, rows, tiles},
               rows.d_key * Tile::width * group.rows_of_a_lane());
}

/// The replay on the host, tile by tile over value columns: the same bits as the plain form.
template <typename Host, typename Scalar>
void cpu_replay(const Host& cpu, const KeptDraftGroup<Scalar>& group, const ReplaySizes& sizes) {
  using Tile = ReplayTile<Scalar>;
  const index_t tiles = (sizes.d_value + Tile::width - 1) / Tile::width;
  cpu.for_each(group.size * sizes.heads * tiles, Tile{group, sizes, tiles},
               sizes.d_key * Tile::width * group.rows_of_a_lane());
}

}  // namespace flashvideo::cpu_detail
