// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/backend/cpu/column_tiles.hpp"
#include "flashvideo/backend/recurrence.hpp"

namespace flashvideo::cpu_detail {

/// The recurrence of a tile of value columns of one head of one lane: per element the operations of
/// `RecurrenceColumn` in the same order, a row of the state tile at a time.
///
/// A span of one row takes whole heads: the state then passes from its first to its last byte (a narrower
/// tile of one row took twice the time from memory). Longer spans take tiles that stay in the cache.
template <typename Scalar>
struct RecurrenceTile {
  static constexpr index_t block = ColumnTiles::block;  ///< columns of the inner loop, in registers
  static constexpr index_t widest = 512;                ///< columns of a tile
  LaneGroup<Scalar> group;
  RecurrenceRows<Scalar> rows;
  ColumnTiles tiles;

  void operator()(index_t item) const {
    tiles.visit(item, [this](index_t lane, index_t h, index_t first, index_t columns) {
      run(group.lanes[lane], h, first, columns);
    });
  }

 private:
  void run(const LaneSpan<Scalar>& lane, index_t h, index_t first, index_t columns) const {
    const Scalar gamma = rows.decay.template power<Scalar>(h, 1);
    const index_t stride = rows.d_value;
    const index_t whole = columns - columns % block;
    Scalar* const state = lane.state + h * rows.d_key * stride + first;
    Scalar v[widest];
    Scalar o[widest];
    for (index_t r = lane.first_row; r < lane.settled_end(); ++r) {
      const Scalar* q = rows.q.row(r) + h * rows.d_key;
      const Scalar* k = rows.k.row(r) + h * rows.d_key;
      const Scalar* values = rows.v.row(r) + h * rows.d_value + first;
      Scalar* out = rows.o.row(r) + h * rows.d_value + first;
      for (index_t c = 0; c < columns; ++c) v[c] = values[c];
      for (index_t c = 0; c < columns; ++c) o[c] = 0;
      for (index_t d = 0; d < rows.d_key; ++d) {
        Scalar* s = state + d * stride;
        for (index_t c = 0; c < whole; c += block) join(gamma, k[d], q[d], s + c, v + c, o + c, block);
        join(gamma, k[d], q[d], s + whole, v + whole, o + whole, columns - whole);
      }
      for (index_t c = 0; c < columns; ++c) out[c] = o[c];
    }
  }
  static void join(Scalar gamma, Scalar key, Scalar query, Scalar* s, const Scalar* v, Scalar* o,
                   index_t columns) {
    FLASHVIDEO_INDEPENDENT
    for (index_t c = 0; c < columns; ++c) {
      const Scalar updated = state_after(s[c], gamma, key, v[c]);
      s[c] = updated;
      o[c] = math::fma(query, updated, o[c]);
    }
  }
};

/// The recurrence of a whole head of one lane, and then what follows it.
template <typename Scalar, typename After>
struct RecurrenceHead {
  RecurrenceTile<Scalar> tile;
  After after;

  void operator()(index_t item) const {
    tile(item);
    if constexpr (is_epilogue<After>) follow(item);
  }

 private:
  void follow(index_t item) const {
    const index_t heads = tile.rows.heads;
    index_t first = 0;  // the lane's first row in the group
    for (index_t l = 0; l < item / heads; ++l) first += tile.group.lanes[l].count;
    for (index_t i = first; i < first + tile.group.lanes[item / heads].count; ++i)
      after(i * heads + item % heads);
  }
};

/// The recurrence on the host, tile by tile over value columns: the same bits as the plain form. Where a tile
/// is a whole head, what follows runs on the thread that has the head's output in its cache.
template <typename Host, typename Scalar, typename After>
void cpu_recurrence(const Host& cpu, const LaneGroup<Scalar>& group, const RecurrenceRows<Scalar>& rows,
                    const After& after) {
  using Tile = RecurrenceTile<Scalar>;
  const index_t heads = group.size * rows.heads;
  const index_t threads = cpu.pool().size();
  const bool even = heads % threads == 0 || heads >= 4 * threads;
  const bool whole = group.rows == group.size && even && rows.d_value <= Tile::widest;
  const ColumnTiles tiles{rows.heads, rows.d_value, whole ? rows.d_value : Tile::block};
  const Tile tile{group, rows, tiles};
  const index_t work = rows.d_key * tiles.width * group.rows_of_a_lane();
  if (whole) {
    cpu.for_each(heads, RecurrenceHead<Scalar, After>{tile, after}, work);
  } else {
    cpu.for_each(tiles.count(group.size), tile, work);
    if constexpr (is_epilogue<After>) cpu.for_each(group.rows * rows.heads, after, 16 * rows.d_value);
  }
}

}  // namespace flashvideo::cpu_detail
