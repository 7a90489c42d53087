// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/backend/recurrence.hpp"

namespace flashvideo {

namespace detail {

/// The recurrence of a tile of value columns of one head of one lane: per element the operations of
/// `RecurrenceColumn` in the same order, a row of the state tile at a time.
template <typename Scalar>
struct RecurrenceTile {
  static constexpr index_t width = 64;
  LaneGroup<Scalar> group;
  RecurrenceRows<Scalar> rows;
  index_t tiles;  // per head

  void operator()(index_t item) const {
    const index_t tile = item % tiles;
    const index_t h = item / tiles % rows.heads;
    const LaneSpan<Scalar>& lane = group.lanes[item / tiles / rows.heads];
    const index_t columns = std::min(width, rows.d_value - tile * width);
    if (columns == width) {
      run(lane, h, tile * width, width);
    } else {
      run(lane, h, tile * width, columns);
    }
  }

 private:
  void run(const LaneSpan<Scalar>& lane, index_t h, index_t first, index_t columns) const {
    const Scalar gamma = rows.decay.template power<Scalar>(h, 1);
    const index_t stride = rows.d_value;
    Scalar* const state = lane.state + h * rows.d_key * stride + first;
    Scalar v[width];
    Scalar o[width];
    for (index_t r = lane.first_row; r < lane.settled_end(); ++r) {
      const Scalar* q = rows.q.row(r) + h * rows.d_key;
      const Scalar* k = rows.k.row(r) + h * rows.d_key;
      const Scalar* values = rows.v.row(r) + h * rows.d_value + first;
      Scalar* out = rows.o.row(r) + h * rows.d_value + first;
      for (index_t c = 0; c < columns; ++c) v[c] = values[c];
      for (index_t c = 0; c < columns; ++c) o[c] = 0;
      for (index_t d = 0; d < rows.d_key; ++d) {
        Scalar* s = state + d * stride;
        const Scalar key = k[d];
        const Scalar query = q[d];
        for (index_t c = 0; c < columns; ++c) {
          const Scalar updated = remembered(s[c], gamma, key, v[c]);
          s[c] = updated;
          o[c] = math::fma(query, updated, o[c]);
        }
      }
      for (index_t c = 0; c < columns; ++c) out[c] = o[c];
    }
  }
};

}  // namespace detail

/// The recurrence on the host, tile by tile over value columns: the same bits as the plain form.
template <typename Products, typename Scalar>
void recurrence(const BasicCpu<Products>& cpu, const LaneGroup<Scalar>& group,
                const RecurrenceRows<Scalar>& rows) {
  using Tile = detail::RecurrenceTile<Scalar>;
  const index_t tiles = (rows.d_value + Tile::width - 1) / Tile::width;
  const index_t rows_per_lane = group.rows / std::max<index_t>(group.size, 1);
  cpu.for_each(group.size * rows.heads * tiles, Tile{group, rows, tiles},
               rows.d_key * Tile::width * rows_per_lane);
}

}  // namespace flashvideo
