// SPDX-License-Identifier: MIT
#include "flashvideo/io/yuv.hpp"

#include <cmath>
#include <cstdlib>

#include "support/catch.hpp"
#include "support/test_pictures.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

TEST_CASE("rgb_to_yuv: is BT.601 in its limited range, rounded") {
  int worst = 0;
  double worst_error = 0.0;
  for (int r = 0; r < 256; r += 5) {
    for (int g = 0; g < 256; g += 5) {
      for (int b = 0; b < 256; b += 5) {
        const double luma = 0.299 * r + 0.587 * g + 0.114 * b;
        const double exact[] = {16 + 219.0 / 255 * luma, 128 + 224.0 / 255 * (b - luma) / 1.772,
                                128 + 224.0 / 255 * (r - luma) / 1.402};
        const Yuv got = rgb_to_yuv(
            {static_cast<std::uint8_t>(r), static_cast<std::uint8_t>(g), static_cast<std::uint8_t>(b)});
        worst_error = std::max({worst_error, std::abs(got.y - exact[0]), std::abs(got.u - exact[1]),
                                std::abs(got.v - exact[2])});
        worst = std::max({worst, int{got.y}, int{got.u}, int{got.v}});
      }
    }
  }
  CHECK(worst_error < 0.51);
  CHECK(worst == 240);
}

TEST_CASE("yuv_to_rgb: every one of the 2^24 colours comes back within 2 levels, greys within 1") {
  int worst = 0;
  int worst_grey = 0;
  for (int code = 0; code < 1 << 24; ++code) {
    const Rgb colour{static_cast<std::uint8_t>(code >> 16), static_cast<std::uint8_t>(code >> 8),
                     static_cast<std::uint8_t>(code)};
    const Rgb back = yuv_to_rgb(rgb_to_yuv(colour));
    const int off = std::max({std::abs(colour.red - back.red), std::abs(colour.green - back.green),
                              std::abs(colour.blue - back.blue)});
    worst = std::max(worst, off);
    if (colour.red == colour.green && colour.green == colour.blue) worst_grey = std::max(worst_grey, off);
  }
  CHECK(worst == 2);
  CHECK(worst_grey == 1);
}

TEST_CASE("yuv_to_rgb: the small world's colours come back within 1 level") {
  for (const Rgb colour : world_colours) {
    CHECK(largest_difference(Image(1, 1, yuv_to_rgb(rgb_to_yuv(colour))), Image(1, 1, colour)) <= 1);
  }
}

TEST_CASE("full_range_yuv_to_rgb: black, white and the primaries of JPEG") {
  CHECK(full_range_yuv_to_rgb({0, 128, 128}) == Rgb{0, 0, 0});
  CHECK(full_range_yuv_to_rgb({255, 128, 128}) == Rgb{255, 255, 255});
  CHECK(full_range_yuv_to_rgb({76, 85, 255}) == Rgb{254, 0, 0});
  CHECK(full_range_yuv_to_rgb({29, 255, 107}) == Rgb{0, 0, 254});
}
