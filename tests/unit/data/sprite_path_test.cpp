// SPDX-License-Identifier: MIT
#include "flashvideo/data/sprite_path.hpp"

#include <cmath>
#include <set>

#include "support/catch.hpp"

using namespace flashvideo;

namespace {

const ClipSize world_size{17, 64, 64};

/// Calls `use(path, reach)` for many paths of a motion.
template <typename Use>
void for_many_paths(SpriteMotion motion, Use&& use) {
  RandomStream random(5, 1);
  for (int i = 0; i < 600; ++i) {
    const ShapeSprite sprite{static_cast<SpriteShape>(i % 6), 9.0 + 2.0 * (i % 11) / 10.0};
    use(draw_path(motion, sprite.reach(), world_size, random), sprite.reach());
  }
}

/// Speed on one axis from positions alone: between frames without a bounce it is constant.
struct AxisSpeeds {
  double least = 1e9, largest = 0;
  void add(double before, double after, const SpriteRange& range) {
    const bool near_border =
        std::min(before, after) < range.low + 2.6 || std::max(before, after) > range.high - 2.6;
    if (near_border) return;
    least = std::min(least, std::abs(after - before));
    largest = std::max(largest, std::abs(after - before));
  }
};

}  // namespace

TEST_CASE("sprite path: reflection is a triangle wave") {
  const SpriteRange range{10, 15};
  REQUIRE(range.reflect(12) == Approx(12));
  REQUIRE(range.reflect(16) == Approx(14));
  REQUIRE(range.reflect(9) == Approx(11));
  REQUIRE(range.reflect(21) == Approx(11));
  REQUIRE(range.reflect(-2) == Approx(12));
}

TEST_CASE("sprite path: every sprite stays 1 px inside the border and bounces there") {
  int bounces = 0;
  for (index_t m = 0; m < num_sprite_motions; ++m) {
    double nearest = 1e9;
    for_many_paths(static_cast<SpriteMotion>(m), [&](const SpritePath& path, const SpriteReach& reach) {
      for (double t = 0; t <= 16; t += 0.25) {
        const SpritePoint p = path.at(t);
        const double gap =
            std::min({p.x - reach.left, 64 - p.x - reach.right, p.y - reach.up, 64 - p.y - reach.down});
        REQUIRE(gap >= 1.0 - 1e-9);
        nearest = std::min(nearest, gap);
        bounces += gap < 1.05;
      }
    });
    REQUIRE(nearest < 1.2);
  }
  REQUIRE(bounces > 300);
}

TEST_CASE("sprite path: a moving axis runs at a constant 1.6 .. 2.6 px per frame, the other stands still") {
  for (const SpriteMotion motion :
       {SpriteMotion::left_and_right, SpriteMotion::up_and_down, SpriteMotion::diagonal}) {
    double slowest = 1e9, fastest = 0;
    bool forth = false, back = false;
    for_many_paths(motion, [&](const SpritePath& path, const SpriteReach&) {
      AxisSpeeds x, y;
      for (int t = 0; t < 16; ++t) {
        const SpritePoint p = path.at(t), q = path.at(t + 1);
        x.add(p.x, q.x, path.range_x);
        y.add(p.y, q.y, path.range_y);
        if (motion == SpriteMotion::left_and_right) REQUIRE(p.y == q.y);
        if (motion == SpriteMotion::up_and_down) REQUIRE(p.x == q.x);
      }
      for (const AxisSpeeds& axis : {x, y}) {
        if (axis.largest < 1e-9) continue;
        REQUIRE(axis.largest - axis.least < 1e-9);
        slowest = std::min(slowest, axis.least);
        fastest = std::max(fastest, axis.largest);
      }
      if (motion == SpriteMotion::diagonal) {
        const double ratio = x.largest / y.largest;
        REQUIRE((x.largest < 1e-9 || y.largest < 1e-9 || (ratio >= 0.5 && ratio <= 2.0)));
      }
      const double velocity = motion == SpriteMotion::up_and_down ? path.velocity_y : path.velocity_x;
      forth = forth || velocity > 0;
      back = back || velocity < 0;
    });
    REQUIRE(slowest >= 1.6);
    REQUIRE(slowest < 1.65);
    REQUIRE(fastest <= 2.6);
    REQUIRE(fastest > 2.55);
    REQUIRE(forth);
    REQUIRE(back);
  }
}

TEST_CASE(
    "sprite path: a circle keeps its radius of 11 .. 14 px and turns in 14 .. 20 frames, either sense") {
  double least_radius = 1e9, largest_radius = 0, least_turn = 1e9, largest_turn = 0;
  int left = 0, right = 0;
  for_many_paths(SpriteMotion::circle, [&](const SpritePath& path, const SpriteReach&) {
    // three points give the circle, its centre by the perpendicular bisectors
    const SpritePoint a = path.at(0), b = path.at(5), c = path.at(10);
    const double d = 2 * (a.x * (b.y - c.y) + b.x * (c.y - a.y) + c.x * (a.y - b.y));
    const double aa = a.x * a.x + a.y * a.y, bb = b.x * b.x + b.y * b.y, cc = c.x * c.x + c.y * c.y;
    const double x = (aa * (b.y - c.y) + bb * (c.y - a.y) + cc * (a.y - b.y)) / d;
    const double y = (aa * (c.x - b.x) + bb * (a.x - c.x) + cc * (b.x - a.x)) / d;
    const double radius = std::hypot(a.x - x, a.y - y);
    for (int t = 0; t < 17; ++t) REQUIRE(std::hypot(path.at(t).x - x, path.at(t).y - y) == Approx(radius));
    least_radius = std::min(least_radius, radius);
    largest_radius = std::max(largest_radius, radius);
    const SpritePoint p = path.at(0), q = path.at(1);
    const double cross = (p.x - x) * (q.y - y) - (p.y - y) * (q.x - x);
    const double frames = 2 * 3.141592653589793 / std::asin(std::abs(cross) / (radius * radius));
    least_turn = std::min(least_turn, frames);
    largest_turn = std::max(largest_turn, frames);
    (cross > 0 ? right : left) += 1;
  });
  REQUIRE(least_radius >= 11.0 - 1e-6);
  REQUIRE(least_radius < 11.1);
  REQUIRE(largest_radius <= 14.0 + 1e-6);
  REQUIRE(largest_radius > 13.9);
  REQUIRE(least_turn >= 14.0 - 1e-6);
  REQUIRE(least_turn < 14.1);
  REQUIRE(largest_turn <= 20.0 + 1e-6);
  REQUIRE(largest_turn > 19.9);
  REQUIRE(left > 200);
  REQUIRE(right > 200);
}

TEST_CASE("sprite path: speed is the length of the path per frame") {
  for (index_t m = 0; m < num_sprite_motions; ++m) {
    RandomStream random(9, 2);
    const SpritePath path = draw_path(static_cast<SpriteMotion>(m), {9, 9, 9, 9}, world_size, random);
    double length = 0;
    for (int i = 0; i < 16000; ++i) {
      const SpritePoint p = path.at(i / 1000.0), q = path.at((i + 1) / 1000.0);
      length += std::hypot(p.x - q.x, p.y - q.y);
    }
    REQUIRE(path.speed() == Approx(length / 16).epsilon(1e-3));
  }
}
