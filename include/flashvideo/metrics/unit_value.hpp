// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>

namespace flashvideo {

/// A byte as a value in 0..1 as the peers' metrics hold it: byte / 255 rounded to float32, then computed with in
/// double. (Exact quotients differ from their figures in the seventh digit.)
inline double unit_value(std::uint8_t byte) {
  static constexpr std::array<double, 256> values = [] {
    std::array<double, 256> table{};
    for (int b = 0; b < 256; ++b)
      table[static_cast<std::size_t>(b)] = static_cast<double>(static_cast<float>(b) / 255.0F);
    return table;
  }();
  return values[byte];
}

}  // namespace flashvideo
