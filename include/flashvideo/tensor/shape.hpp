// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"

namespace flashvideo {

/// Extents of a tensor, outermost first. The letters of shape comments everywhere in the library:
/// B batch, H heads, N sequence length, C chunk length, D model width, Dk key width of a head, Dv value width
/// of a head, F feed-forward width, V vocabulary, T frames of a video, R rows (any flattened leading
/// extents).
/// @code Shape<2> shape{rows, columns}; @endcode
template <std::size_t Rank>
struct Shape {
  index_t extents[Rank];  ///< outermost first; not std::array: the device calls these functions too

  /// @{
  /// Extent of an axis, 0 the outermost.
  FLASHVIDEO_HOST_DEVICE constexpr index_t& operator[](std::size_t axis) { return extents[axis]; }
  FLASHVIDEO_HOST_DEVICE constexpr const index_t& operator[](std::size_t axis) const { return extents[axis]; }
  /// @}
  /// @{
  /// The extents as a range.
  FLASHVIDEO_HOST_DEVICE constexpr index_t* begin() { return extents; }
  FLASHVIDEO_HOST_DEVICE constexpr index_t* end() { return extents + Rank; }
  FLASHVIDEO_HOST_DEVICE constexpr const index_t* begin() const { return extents; }
  FLASHVIDEO_HOST_DEVICE constexpr const index_t* end() const { return extents + Rank; }
  /// @}
  bool operator==(const Shape&) const = default;
};

/// Number of elements.
template <std::size_t Rank>
FLASHVIDEO_HOST_DEVICE constexpr index_t element_count(const Shape<Rank>& shape) {
  index_t count = 1;
  for (std::size_t i = 0; i < Rank; ++i) count *= shape[i];
  return count;
}

/// "(2, 3, 4)".
template <typename Extents>
std::string shape_text(const Extents& shape) {
  std::string text = "(";
  bool first = true;
  for (const index_t extent : shape) {
    if (!first) text += ", ";
    text += std::to_string(extent);
    first = false;
  }
  return text + ")";
}

}  // namespace flashvideo
