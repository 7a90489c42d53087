// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include "flashvideo/core/config.hpp"

namespace flashvideo::cpu_detail {

/// The items of a loop over tiles of the value columns of every head of every lane: lane by lane, head by head.
struct ColumnTiles {
  static constexpr index_t block = 64;  ///< columns that stay in registers

  index_t heads = 1;    ///< of a lane
  index_t d_value = 1;  ///< columns of a head
  index_t width = 1;    ///< columns of a tile; the last of a head may be narrower

  /// Tiles of a head.
  index_t per_head() const { return (d_value + width - 1) / width; }
  /// Items of so many lanes.
  index_t count(index_t lanes) const { return lanes * heads * per_head(); }

  /// Calls body(lane, head, first column, columns). A tile of `block` columns is called with a constant, so that the
  /// compiler keeps it in registers.
  template <typename Body>
  void visit(index_t item, const Body& body) const {
    const index_t tiles = per_head();
    const index_t first = item % tiles * width;
    const index_t head = item / tiles % heads;
    const index_t columns = (std::min)(width, d_value - first);
    if (columns == block) {
      body(item / tiles / heads, head, first, block);
    } else {
      body(item / tiles / heads, head, first, columns);
    }
  }
};

}  // namespace flashvideo::cpu_detail
