// SPDX-License-Identifier: MIT
#include "flashvideo/io/image.hpp"

#include <numeric>

#include "support/catch.hpp"
#include "support/test_pictures.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

TEST_CASE("Image: pixels lie row by row, red green blue") {
  Image image(2, 3);
  image.set(1, 2, {7, 8, 9});
  CHECK(image.bytes().size() == 18);
  CHECK(image.bytes()[15] == 7);
  CHECK(image.bytes()[17] == 9);
  CHECK(image.get(1, 2) == Rgb{7, 8, 9});
  CHECK(image.row(1) == image.bytes().data() + 9);
  CHECK(Image(2, 2, Rgb{1, 2, 3}).get(1, 1) == Rgb{1, 2, 3});
  CHECK(Image(1, 2, std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6}).get(0, 1) == Rgb{4, 5, 6});
  CHECK(Image().empty());
}

TEST_CASE("Image: extents and bytes that disagree are refused") {
  CHECK_THROWS_AS(Image(-1, 2), value_error);
  CHECK_THROWS_WITH(Image(2, 2, std::vector<std::uint8_t>(11)),
                    "Image: 11 bytes, expected 12 for 2 x 2 pixels");
}

TEST_CASE("paste and crop are inverse") {
  const Image picture = gradient(5, 7);
  Image large(20, 30);
  paste(large, picture, 4, 9);
  CHECK(crop(large, 4, 9, 5, 7) == picture);
  CHECK(large.get(3, 9) == Rgb{});
  CHECK_THROWS_AS(paste(large, picture, 16, 0), shape_error);
  CHECK_THROWS_AS(paste(large, picture, 0, -1), shape_error);
  CHECK_THROWS_AS(crop(large, 0, 24, 5, 7), shape_error);
}

TEST_CASE("scale_nearest: pixel (y, x) of the large picture is (y / k, x / k) of the small") {
  const Image small = gradient(3, 5);
  for (const index_t factor : {1, 2, 3, 4}) {
    const Image large = scale_nearest(small, factor);
    REQUIRE(large.height() == 3 * factor);
    REQUIRE(large.width() == 5 * factor);
    for (index_t y = 0; y < large.height(); ++y) {
      for (index_t x = 0; x < large.width(); ++x) {
        REQUIRE(large.get(y, x) == small.get(y / factor, x / factor));
      }
    }
  }
  CHECK_THROWS_WITH(scale_nearest(small, 0), "scale_nearest: factor is 0, expected >= 1");
}

TEST_CASE("resize_area: undoes scale_nearest, keeps flat pictures, and averages areas") {
  const Image small = gradient(6, 5);
  CHECK(resize_area(scale_nearest(small, 3), 6, 5) == small);
  CHECK(resize_area(small, 6, 5) == small);
  CHECK(resize_area(small, 12, 10) == scale_nearest(small, 2));
  const Image flat(7, 9, {200, 3, 77});
  CHECK(resize_area(flat, 4, 13) == Image(4, 13, {200, 3, 77}));
  const Image halves(1, 3, std::vector<std::uint8_t>{0, 0, 0, 90, 90, 90, 255, 255, 255});
  CHECK(resize_area(halves, 1, 2).get(0, 0).red == 30);   // (0 + 90 / 2) / 1.5
  CHECK(resize_area(halves, 1, 2).get(0, 1).red == 200);  // (90 / 2 + 255) / 1.5
  CHECK_THROWS_AS(resize_area(Image(), 2, 2), value_error);
  CHECK_THROWS_AS(resize_area(flat, 0, 2), value_error);
}

TEST_CASE("resize_to_fill: takes the centre of the picture with the wanted aspect") {
  Image wide(10, 30, {255, 0, 0});
  paste(wide, Image(10, 10, {0, 255, 0}), 0, 10);
  CHECK(resize_to_fill(wide, 5, 5) == Image(5, 5, {0, 255, 0}));
  Image high(30, 10, {255, 0, 0});
  paste(high, Image(10, 10, {0, 255, 0}), 10, 0);
  CHECK(resize_to_fill(high, 20, 20) == Image(20, 20, {0, 255, 0}));
}
