// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>

#include "flashvideo/core/config.hpp"
#include "flashvideo/io/image.hpp"

namespace flashvideo {

/// One colour as luma and two colour differences, 8 bits each.
struct Yuv {
  std::uint8_t y = 16;   ///< luma
  std::uint8_t u = 128;  ///< Cb
  std::uint8_t v = 128;  ///< Cr
};

namespace io_detail {

/// value / 2^16 rounded, plus `offset`, within 0 .. 255.
constexpr std::uint8_t from_fixed_point(std::int32_t value, std::int32_t offset) {
  return static_cast<std::uint8_t>(std::clamp(((value + 32768) >> 16) + offset, 0, 255));
}

}  // namespace io_detail

/// ITU-R BT.601, limited range (Y 16 .. 235, Cb and Cr 16 .. 240), coefficients rounded to 2^-16:
///   Y = 16 + 219/255 (0.299 R + 0.587 G + 0.114 B), Cb = 128 + 224/255 (B - Y') / 1.772,
///   Cr = 128 + 224/255 (R - Y') / 1.402, Y' the bracket.
constexpr Yuv rgb_to_yuv(Rgb colour) {
  const std::int32_t r = colour.red;
  const std::int32_t g = colour.green;
  const std::int32_t b = colour.blue;
  return {io_detail::from_fixed_point(16829 * r + 33039 * g + 6416 * b, 16),
          io_detail::from_fixed_point(-9714 * r - 19071 * g + 28785 * b, 128),
          io_detail::from_fixed_point(28785 * r - 24104 * g - 4681 * b, 128)};
}

/// The inverse; a colour that went through both is at most 2 of 255 levels off in each channel.
constexpr Rgb yuv_to_rgb(Yuv colour) {
  const std::int32_t y = 76309 * (colour.y - 16);
  const std::int32_t u = colour.u - 128;
  const std::int32_t v = colour.v - 128;
  return {io_detail::from_fixed_point(y + 104597 * v, 0),
          io_detail::from_fixed_point(y - 25675 * u - 53279 * v, 0),
          io_detail::from_fixed_point(y + 132201 * u, 0)};
}

/// The inverse for full range (Y, Cb, Cr 0 .. 255, as JPEG has them).
constexpr Rgb full_range_yuv_to_rgb(Yuv colour) {
  const std::int32_t y = 65536 * colour.y;
  const std::int32_t u = colour.u - 128;
  const std::int32_t v = colour.v - 128;
  return {io_detail::from_fixed_point(y + 91881 * v, 0),
          io_detail::from_fixed_point(y - 22554 * u - 46802 * v, 0),
          io_detail::from_fixed_point(y + 116130 * u, 0)};
}

}  // namespace flashvideo
