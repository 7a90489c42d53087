// SPDX-License-Identifier: MIT
#include "flashvideo/data/sprite_shape.hpp"

#include <cmath>

#include "support/catch.hpp"

using namespace flashvideo;

namespace {

constexpr double pi = 3.141592653589793;

/// Whether (x, y) is inside the polygon (even-odd rule).
template <std::size_t N>
bool inside_polygon(const double (&px)[N], const double (&py)[N], double x, double y) {
  bool inside = false;
  for (std::size_t i = 0, j = N - 1; i < N; j = i++) {
    if ((py[i] > y) != (py[j] > y) && x < (px[j] - px[i]) * (y - py[i]) / (py[j] - py[i]) + px[i])
      inside = !inside;
  }
  return inside;
}

/// The shapes as the table writes them, y down.
bool oracle_inside(SpriteShape shape, double r, double x, double y) {
  switch (shape) {
    case SpriteShape::circle:
      return std::hypot(x, y) < r;
    case SpriteShape::square:
      return std::abs(x) < 0.88 * r && std::abs(y) < 0.88 * r;
    case SpriteShape::triangle: {
      double px[3], py[3];
      for (int i = 0; i < 3; ++i) {
        px[i] = 1.1 * r * std::sin(i * 2 * pi / 3);
        py[i] = -1.1 * r * std::cos(i * 2 * pi / 3);
      }
      return inside_polygon(px, py, x, y);
    }
    case SpriteShape::star: {
      double px[10], py[10];
      for (int i = 0; i < 10; ++i) {
        const double radius = i % 2 == 0 ? 1.1 * r : 0.42 * r;
        px[i] = radius * std::sin(i * pi / 5);
        py[i] = -radius * std::cos(i * pi / 5);
      }
      return inside_polygon(px, py, x, y);
    }
    case SpriteShape::ring:
      return std::hypot(x, y) < r && std::hypot(x, y) > 0.5 * r;
    default:
      return (std::abs(x) < r && std::abs(y) < r / 3) || (std::abs(y) < r && std::abs(x) < r / 3);
  }
}

}  // namespace

TEST_CASE("sprite shape: coverage is the share of the pixel that the table's shape covers") {
  for (index_t s = 0; s < num_sprite_shapes; ++s) {
    for (const double r : {9.0, 10.3, 11.0}) {
      const ShapeSprite sprite{static_cast<SpriteShape>(s), r};
      CAPTURE(s, r);
      const double cx = 20.37, cy = 31.81;
      CoveragePatch patch;
      sprite.cover(cx, cy, patch);
      double sum = 0, error = 0, edge_pixels = 0, largest = 0;
      for (index_t y = 10; y < 52; ++y) {
        for (index_t x = 0; x < 42; ++x) {
          int hits = 0;
          for (int k = 0; k < 256; ++k) {
            const double sx = static_cast<double>(x) + (k % 16 + 0.5) / 16 - cx;
            const double sy = static_cast<double>(y) + (k / 16 + 0.5) / 16 - cy;
            hits += oracle_inside(sprite.shape, r, sx, sy);
          }
          const index_t row = y - patch.y0, column = x - patch.x0;
          const bool in_patch = row >= 0 && row < patch.height && column >= 0 && column < patch.width;
          const double drawn = in_patch ? static_cast<double>(patch.at(row, column)) : 0.0;
          sum += drawn;
          edge_pixels += hits > 0 && hits < 256;
          error += std::abs(drawn - hits / 256.0);
          largest = std::max(largest, std::abs(drawn - hits / 256.0));
        }
      }
      REQUIRE(largest < 0.35);  // a sharp corner's pixel
      REQUIRE(error / edge_pixels < 0.06);
      REQUIRE(sum == Approx(sprite.area()).epsilon(0.02));
    }
  }
}

TEST_CASE("sprite shape: edges are anti-aliased and inside is full") {
  for (index_t s = 0; s < num_sprite_shapes; ++s) {
    CoveragePatch patch;
    ShapeSprite{static_cast<SpriteShape>(s), 10.0}.cover(32.3, 32.6, patch);
    int full = 0, partial = 0;
    for (index_t row = 0; row < patch.height; ++row) {
      for (index_t column = 0; column < patch.width; ++column) {
        full += patch.at(row, column) == 1.0F;
        partial += patch.at(row, column) > 0.05F && patch.at(row, column) < 0.95F;
      }
    }
    CAPTURE(s);
    REQUIRE(full > 70);
    REQUIRE(partial > 20);
  }
}

TEST_CASE("sprite shape: nothing is drawn beyond the reach") {
  for (index_t s = 0; s < num_sprite_shapes; ++s) {
    const ShapeSprite sprite{static_cast<SpriteShape>(s), 11.0};
    const SpriteReach reach = sprite.reach();
    CoveragePatch patch;
    for (double shift = 0; shift < 1; shift += 0.13) {
      const double cx = 30 + shift, cy = 30 - 0.7 * shift;
      sprite.cover(cx, cy, patch);
      double left = 1e9, right = -1e9, up = 1e9, down = -1e9;
      for (index_t row = 0; row < patch.height; ++row) {
        for (index_t column = 0; column < patch.width; ++column) {
          if (patch.at(row, column) < 0.5F) continue;
          left = std::min(left, static_cast<double>(patch.x0 + column) + 0.5);
          right = std::max(right, static_cast<double>(patch.x0 + column) + 0.5);
          up = std::min(up, static_cast<double>(patch.y0 + row) + 0.5);
          down = std::max(down, static_cast<double>(patch.y0 + row) + 0.5);
        }
      }
      CAPTURE(s, shift);
      REQUIRE(cx - left <= reach.left);
      REQUIRE(right - cx <= reach.right);
      REQUIRE(cy - up <= reach.up);
      REQUIRE(down - cy <= reach.down);
      // and it does reach there, up to a pixel and the points' narrow tips
      REQUIRE(cx - left >= reach.left - 2.5);
      REQUIRE(down - cy >= reach.down - 2.5);
    }
  }
}
