// SPDX-License-Identifier: MIT
#include "flashvideo/data/digit_sprite.hpp"

#include <vector>

#include "flashvideo/data/sprite_scene.hpp"
#include "support/catch.hpp"

using namespace flashvideo;

static_assert(SpriteMask<DigitSprite>);

TEST_CASE("DigitSprite: the ink is cut out, scaled to 2 r and centred") {
  std::vector<std::uint8_t> ink(28 * 28, 0);
  for (std::size_t y = 4; y < 24; ++y) {
    for (std::size_t x = 3; x < 13; ++x) ink[y * 28 + x] = 255;  // 10 wide, 20 high, left of the middle
  }
  const DigitSprite sprite(ink.data(), 28, 10.0);
  REQUIRE(sprite.reach().up == Approx(10.0));
  REQUIRE(sprite.reach().left == Approx(5.0));
  REQUIRE(sprite.area() == Approx(200.0));
  CoveragePatch patch;
  sprite.cover(30.0, 40.0, patch);
  double sum = 0, x_sum = 0, y_sum = 0;
  for (index_t row = 0; row < patch.height; ++row) {
    for (index_t column = 0; column < patch.width; ++column) {
      const double cover = static_cast<double>(patch.at(row, column));
      sum += cover;
      x_sum += cover * (static_cast<double>(patch.x0 + column) + 0.5);
      y_sum += cover * (static_cast<double>(patch.y0 + row) + 0.5);
    }
  }
  REQUIRE(sum == Approx(200.0).epsilon(0.02));
  REQUIRE(x_sum / sum == Approx(30.0).margin(0.05));
  REQUIRE(y_sum / sum == Approx(40.0).margin(0.05));
}

TEST_CASE("DigitSprite: refuses an image without ink") {
  const std::vector<std::uint8_t> ink(28 * 28, 0);
  REQUIRE_THROWS_AS(DigitSprite(ink.data(), 28, 10.0), value_error);
}
