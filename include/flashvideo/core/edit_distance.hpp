// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

namespace flashvideo {

/// Edit distance (Levenshtein) in bytes: fewest insertions, deletions and replacements from a to b.
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);  // row[j]: distance from a's prefix to b's first j bytes
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      const std::size_t shifted = (std::min)(row[j], row[j - 1]) + 1;
      row[j] = (std::min)(replaced, shifted);
    }
  }
  return row[b.size()];
}

}  // namespace flashvideo
