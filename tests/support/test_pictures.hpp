// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "flashvideo/io/image.hpp"

namespace flashvideo::test {

/// The small world's six colours and black.
inline constexpr Rgb world_colours[] = {{0, 0, 0},      {230, 60, 60},   {60, 200, 80}, {80, 120, 255},
                                        {240, 220, 70}, {240, 240, 240}, {190, 80, 220}};

/// A 2 x 4 arrangement of flat fields in the world's colours, moved on by `t`.
inline Image flat_fields(index_t height, index_t width, index_t t = 0) {
  Image image(height, width);
  for (index_t y = 0; y < height; ++y) {
    for (index_t x = 0; x < width; ++x) {
      image.set(y, x, world_colours[(y * 2 / height * 4 + x * 4 / width + t) % 7]);
    }
  }
  return image;
}

/// Many colours: smooth in both directions.
inline Image gradient(index_t height, index_t width, index_t t = 0) {
  Image image(height, width);
  for (index_t y = 0; y < height; ++y) {
    for (index_t x = 0; x < width; ++x) {
      image.set(y, x,
                {static_cast<std::uint8_t>(y * 255 / height), static_cast<std::uint8_t>(x * 255 / width),
                 static_cast<std::uint8_t>((3 * t + x + y) % 256)});
    }
  }
  return image;
}

/// Largest difference of any channel.
inline int largest_difference(const Image& a, const Image& b) {
  int largest = a.same_extents(b) ? 0 : 256;
  for (std::size_t i = 0; largest < 256 && i < a.bytes().size(); ++i) {
    const int difference = a.bytes()[i] - b.bytes()[i];
    largest = std::max(largest, difference < 0 ? -difference : difference);
  }
  return largest;
}

}  // namespace flashvideo::test
