// SPDX-License-Identifier: MIT
#include "flashvideo/io/palette.hpp"

#include "support/catch.hpp"
#include "support/test_pictures.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

namespace {

Image painted(const PalettedImage& paletted, index_t height, index_t width) {
  Image image(height, width);
  for (index_t i = 0; i < height * width; ++i) {
    image.set(0, i, paletted.colours[paletted.indices[static_cast<std::size_t>(i)]]);
  }
  return image;
}

}  // namespace

TEST_CASE("reduce_colours: with no more colours than the palette holds, every pixel is kept") {
  const Image fields = flat_fields(20, 33);
  const PalettedImage reduced = reduce_colours(fields);
  CHECK(reduced.colours.size() == 7);
  CHECK(painted(reduced, 20, 33) == fields);
  Image grey(16, 16);
  for (index_t i = 0; i < 256; ++i) grey.set(0, i, {static_cast<std::uint8_t>(i), 0, 0});
  CHECK(reduce_colours(grey).colours.size() == 256);
  CHECK(painted(reduce_colours(grey), 16, 16) == grey);
}

TEST_CASE("reduce_colours: many colours become at most 256 near ones, and a large flat area stays exact") {
  Image picture = gradient(128, 128);
  paste(picture, Image(64, 128), 64, 0);
  const PalettedImage reduced = reduce_colours(picture);
  CHECK(reduced.colours.size() == 256);
  CHECK(largest_difference(painted(reduced, 128, 128), picture) <= 16);
  CHECK(painted(reduced, 128, 128).get(100, 50) == Rgb{0, 0, 0});
  CHECK(reduce_colours(picture, 2).colours.size() == 2);
}

TEST_CASE("reduce_colours: sizes outside 2 to 256 are refused, no pixels give no colours") {
  CHECK_THROWS_AS(reduce_colours(Image(1, 1), 1), value_error);
  CHECK_THROWS_AS(reduce_colours(Image(1, 1), 257), value_error);
  CHECK(reduce_colours(Image()).indices.empty());
}
