// SPDX-License-Identifier: MIT
#include "flashvideo/backend/cpu/column_tiles.hpp"

#include <vector>

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("ColumnTiles: the items cover every column of every head of every lane once") {
  for (const index_t d_value : {1, 63, 64, 65, 200}) {
    for (const index_t width : {index_t{64}, d_value}) {
      const cpu_detail::ColumnTiles tiles{3, d_value, width};
      std::vector<int> seen(static_cast<std::size_t>(2 * 3 * d_value));
      for (index_t item = 0; item < tiles.count(2); ++item) {
        tiles.visit(item, [&](index_t lane, index_t head, index_t first, index_t columns) {
          for (index_t c = first; c < first + columns; ++c) {
            ++seen.at(static_cast<std::size_t>((lane * 3 + head) * d_value + c));
          }
        });
      }
      CHECK(seen == std::vector<int>(seen.size(), 1));
    }
  }
}
