// SPDX-License-Identifier: MIT
#include "flashvideo/data/sprite_scene.hpp"

#include <array>

#include "support/catch.hpp"

using namespace flashvideo;

namespace {

/// A sprite that stands at (x, y).
SceneObject<ShapeSprite> standing(SpriteShape shape, double radius, Rgb colour, double x, double y) {
  SpritePath path;
  path.range_x = {0, 64};
  path.range_y = {0, 64};
  path.start = {x, y};
  return {{shape, radius}, colour, path};
}

}  // namespace

TEST_CASE("scene: black outside, the colour inside, the later object in front") {
  const Rgb red = rgb_of(SpriteColour::red), blue = rgb_of(SpriteColour::blue);
  const std::array<SceneObject<ShapeSprite>, 2> objects{standing(SpriteShape::square, 10, red, 20, 32),
                                                        standing(SpriteShape::circle, 10, blue, 30, 32)};
  const ClipSize size{2, 64, 64};
  const std::vector<std::uint8_t> frames = draw_scene<ShapeSprite>(objects, size);
  REQUIRE(static_cast<index_t>(frames.size()) == size.num_bytes());
  const auto pixel = [&](index_t t, index_t y, index_t x) {
    const std::size_t at = static_cast<std::size_t>(((t * 64 + y) * 64 + x) * 3);
    return Rgb{frames[at], frames[at + 1], frames[at + 2]};
  };
  for (const index_t t : {0, 1}) {
    REQUIRE(pixel(t, 5, 5) == Rgb{});
    REQUIRE(pixel(t, 32, 15) == red);
    REQUIRE(pixel(t, 32, 30) == blue);
    REQUIRE(pixel(t, 32, 25) == blue);  // both cover it
  }
}

TEST_CASE("scene: half covered pixels mix with what is below") {
  CoveragePatch patch;
  patch.width = patch.height = 1;
  patch.x0 = patch.y0 = 3;
  patch.at(0, 0) = 0.5F;
  std::vector<std::uint8_t> frame(64 * 64 * 3, 100);
  paint(patch, {200, 0, 101}, frame.data(), {1, 64, 64});
  const std::size_t at = (3 * 64 + 3) * 3;
  REQUIRE(frame[at] == 150);
  REQUIRE(frame[at + 1] == 50);
  REQUIRE(frame[at + 2] == 101);
  REQUIRE(frame[at - 1] == 100);
}

TEST_CASE("scene: parts outside the frame are not drawn") {
  const std::array<SceneObject<ShapeSprite>, 2> objects{
      standing(SpriteShape::circle, 11, {9, 9, 9}, 0.5, 0.5),
      standing(SpriteShape::circle, 11, {9, 9, 9}, 63.5, 63.5)};
  const std::vector<std::uint8_t> frames = draw_scene<ShapeSprite>(objects, {1, 64, 64});
  REQUIRE(frames.front() == 9);
  REQUIRE(frames.back() == 9);
}

TEST_CASE("scene: overlap is the shared area as a share of the smaller sprite's") {
  const auto at = [](SpriteShape shape, double r, double x) { return standing(shape, r, {}, x, 32); };
  const auto big = at(SpriteShape::square, 11, 32);
  REQUIRE(overlap_share(big, at(SpriteShape::square, 5, 32), 3) == Approx(1.0).epsilon(0.02));
  REQUIRE(overlap_share(at(SpriteShape::square, 5, 32), big, 3) == Approx(1.0).epsilon(0.02));
  // squares of half side 8.8 px at a distance of 8.8 px share one half
  REQUIRE(overlap_share(at(SpriteShape::square, 10, 20), at(SpriteShape::square, 10, 28.8), 2) ==
          Approx(0.5).epsilon(0.02));
  REQUIRE(overlap_share(at(SpriteShape::square, 10, 15), at(SpriteShape::square, 10, 45), 2) == 0.0);
}
