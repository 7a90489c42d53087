// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// The six shapes as signed distances, and their anti-aliased coverage of a patch of pixels.

#include <algorithm>
#include <array>
#include <cmath>

#include "flashvideo/data/small_world.hpp"

namespace flashvideo {

/// How far a sprite reaches from its centre, px.
struct SpriteReach {
  double left = 0;   ///< px
  double right = 0;  ///< px
  double up = 0;     ///< px
  double down = 0;   ///< px
};

/// The share of each pixel that a sprite covers, on the patch of pixels around it. Pixel (row, column) of the
/// patch is pixel (y0 + row, x0 + column) of the frame; pixel j spans [j, j + 1].
struct CoveragePatch {
  static constexpr index_t side = 32;       ///< px, most in either direction
  index_t x0 = 0;                           ///< first column of the frame, may be negative
  index_t y0 = 0;                           ///< first row of the frame, may be negative
  index_t width = 0;                        ///< columns in use
  index_t height = 0;                       ///< rows in use
  std::array<float, side * side> values{};  ///< (height, width) in rows of `side`, each 0 .. 1

  /// The covered share of a pixel of the patch.
  float& at(index_t row, index_t column) { return values[static_cast<std::size_t>(row * side + column)]; }
  /// The same to read.
  float at(index_t row, index_t column) const {
    return values[static_cast<std::size_t>(row * side + column)];
  }

  /// Places the patch over all pixels that a sprite of this reach touches at this centre; `margin` px more
  /// for the soft edge.
  void place(double centre_x, double centre_y, const SpriteReach& reach, double margin) {
    x0 = static_cast<index_t>(std::floor(centre_x - reach.left - margin));
    y0 = static_cast<index_t>(std::floor(centre_y - reach.up - margin));
    width = (std::min)(side, static_cast<index_t>(std::ceil(centre_x + reach.right + margin)) - x0);
    height = (std::min)(side, static_cast<index_t>(std::ceil(centre_y + reach.down + margin)) - y0);
  }
};

/// Signed distances in px, negative inside, of shapes of radius r around the origin (y points down). Outside
/// a convex corner the edges' lines go on (a mitre), which keeps corners sharp under anti-aliasing.
namespace data_detail::sprite_distance {

struct Circle {
  float r;
  float operator()(float x, float y) const { return std::sqrt(x * x + y * y) - r; }
};

struct Square {
  float r;
  float operator()(float x, float y) const { return (std::max)(std::abs(x), std::abs(y)) - 0.88F * r; }
};

/// Corners at 1.1 r, one up; so the edges are 0.55 r from the centre.
struct Triangle {
  float r;
  float operator()(float x, float y) const {
    return (std::max)(0.8660254F * std::abs(x) - 0.5F * y, y) - 0.55F * r;
  }
};

/// Five points at 1.1 r, one up, inner corners at 0.42 r: the plane is folded into the 36 degrees between a
/// point and an inner corner, where one edge remains.
struct Star {
  float r;
  float operator()(float x, float y) const {
    const float cos36 = 0.80901699F, sin36 = 0.58778525F;
    float px = std::abs(x), py = -y;
    const float first = (std::max)(cos36 * px - sin36 * py, 0.0F);
    const float second_x = px - 2.0F * first * cos36;
    const float second_y = py + 2.0F * first * sin36;
    const float second = (std::max)(-cos36 * second_x - sin36 * second_y, 0.0F);
    px = std::abs(second_x + 2.0F * second * cos36);
    py = second_y + 2.0F * second * sin36;
    // the edge from the point (0, 1.1) to the inner corner 0.42 (sin 36, cos 36), its normal outward
    const float edge_x = 0.42F * sin36, edge_y = 0.42F * cos36 - 1.1F;
    const float length = 0.79929237F;  // |edge|
    return (-edge_y * px + edge_x * (py - 1.1F * r)) / length;
  }
};

struct Ring {
  float r;
  float operator()(float x, float y) const {
    return std::abs(std::sqrt(x * x + y * y) - 0.75F * r) - 0.25F * r;
  }
};

struct Cross {
  float r;
  float operator()(float x, float y) const {
    const float ax = std::abs(x), ay = std::abs(y);
    return (std::max)((std::max)(ax, ay) - r, (std::min)(ax, ay) - r / 3.0F);
  }
};

/// Calls `use` with the shape's distance function.
template <typename Use>
auto visit(SpriteShape shape, float r, Use&& use) {
  switch (shape) {
    case SpriteShape::circle:
      return use(Circle{r});
    case SpriteShape::square:
      return use(Square{r});
    case SpriteShape::triangle:
      return use(Triangle{r});
    case SpriteShape::star:
      return use(Star{r});
    case SpriteShape::ring:
      return use(Ring{r});
    default:
      return use(Cross{r});
  }
}

}  // namespace data_detail::sprite_distance

/// One of the six shapes at a radius r in px: its reach, its area and its coverage at any centre.
struct ShapeSprite {
  SpriteShape shape = SpriteShape::circle;  ///< which of the six
  double radius = 10;                       ///< px

  /// Bounding box around the centre.
  SpriteReach reach() const {
    const double r = radius;
    switch (shape) {
      case SpriteShape::square:
        return {0.88 * r, 0.88 * r, 0.88 * r, 0.88 * r};
      case SpriteShape::triangle:
        return {0.95262794 * r, 0.95262794 * r, 1.1 * r, 0.55 * r};
      case SpriteShape::star:
        return {1.04616217 * r, 1.04616217 * r, 1.1 * r, 0.88991869 * r};
      default:
        return {r, r, r, r};
    }
  }

  /// Area in square px.
  double area() const {
    constexpr double of_unit[] = {3.14159265, 3.0976, 1.57183611, 1.35778393, 2.35619449, 2.22222222};
    return of_unit[static_cast<std::size_t>(shape)] * radius * radius;
  }

  /// Fills the patch with the coverage of each pixel: 1/2 - distance / softness of its centre, clamped to
  /// 0..1; softness 1 px is anti-aliasing, more is blur.
  void cover(double centre_x, double centre_y, CoveragePatch& patch, float softness = 1.0F) const {
    patch.place(centre_x, centre_y, reach(), 0.5 * static_cast<double>(softness));
    const float inverse = 1.0F / softness;
    data_detail::sprite_distance::visit(shape, static_cast<float>(radius), [&](const auto& distance) {
      for (index_t row = 0; row < patch.height; ++row) {
        const float y = static_cast<float>(static_cast<double>(patch.y0 + row) + 0.5 - centre_y);
        const float x = static_cast<float>(static_cast<double>(patch.x0) + 0.5 - centre_x);
        float* values = &patch.at(row, 0);
        for (index_t column = 0; column < patch.width; ++column) {
          const float inside = 0.5F - inverse * distance(x + static_cast<float>(column), y);
          values[column] = (std::min)((std::max)(inside, 0.0F), 1.0F);
        }
      }
    });
  }
};

}  // namespace flashvideo
