// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

#include "flashvideo/core/error.hpp"
#include "flashvideo/data/sprite_shape.hpp"

namespace flashvideo {

/// A handwritten digit as a sprite: a grey image cut to its ink and scaled so that the longer side is 2 r px.
/// The pixels are not copied; they must outlive the sprite.
class DigitSprite {
 public:
  /// @param ink (side, side), 0 no ink, 255 full
  /// @param radius r, px
  /// @throws value_error for an image without ink
  DigitSprite(const std::uint8_t* ink, index_t side, double radius) : ink_(ink), side_(side) {
    index_t left = side, right = -1, top = side, bottom = -1;
    double sum = 0;
    for (index_t y = 0; y < side; ++y) {
      for (index_t x = 0; x < side; ++x) {
        sum += static_cast<double>(ink[y * side + x]) / 255.0;
        if (ink[y * side + x] < 32) continue;
        left = (std::min)(left, x);
        right = (std::max)(right, x);
        top = (std::min)(top, y);
        bottom = (std::max)(bottom, y);
      }
    }
    require<value_error>(right >= left, "DigitSprite: the image has no ink");
    const double width = static_cast<double>(right - left + 1),
                 height = static_cast<double>(bottom - top + 1);
    scale_ = 2.0 * radius / (std::max)(width, height);
    middle_x_ = static_cast<double>(left) + 0.5 * width;
    middle_y_ = static_cast<double>(top) + 0.5 * height;
    reach_ = {0.5 * width * scale_, 0.5 * width * scale_, 0.5 * height * scale_, 0.5 * height * scale_};
    area_ = sum * scale_ * scale_;
  }

  /// Bounding box around the centre.
  SpriteReach reach() const { return reach_; }
  /// Sum of the ink, square px.
  double area() const { return area_; }

  /// Bilinear samples of the ink at the pixels' centres.
  void cover(double centre_x, double centre_y, CoveragePatch& patch) const {
    patch.place(centre_x, centre_y, reach_, 1.0);
    for (index_t row = 0; row < patch.height; ++row) {
      for (index_t column = 0; column < patch.width; ++column) {
        const double x = (static_cast<double>(patch.x0 + column) + 0.5 - centre_x) / scale_ + middle_x_ - 0.5;
        const double y = (static_cast<double>(patch.y0 + row) + 0.5 - centre_y) / scale_ + middle_y_ - 0.5;
        patch.at(row, column) = static_cast<float>(sample(x, y));
      }
    }
  }

 private:
  double ink_at(index_t x, index_t y) const {
    const bool inside = x >= 0 && y >= 0 && x < side_ && y < side_;
    return inside ? static_cast<double>(ink_[y * side_ + x]) / 255.0 : 0.0;
  }
  double sample(double x, double y) const {
    const index_t x0 = static_cast<index_t>(std::floor(x)), y0 = static_cast<index_t>(std::floor(y));
    const double fx = x - static_cast<double>(x0), fy = y - static_cast<double>(y0);
    const double upper = (1 - fx) * ink_at(x0, y0) + fx * ink_at(x0 + 1, y0);
    const double lower = (1 - fx) * ink_at(x0, y0 + 1) + fx * ink_at(x0 + 1, y0 + 1);
    return (1 - fy) * upper + fy * lower;
  }

  const std::uint8_t* ink_;
  index_t side_;
  double scale_ = 1;
  double middle_x_ = 0;
  double middle_y_ = 0;
  double area_ = 0;
  SpriteReach reach_;
};

}  // namespace flashvideo
