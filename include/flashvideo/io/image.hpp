// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"

namespace flashvideo {

/// One colour, 8 bits a channel (sRGB).
struct Rgb {
  std::uint8_t red = 0;    ///< 0 .. 255
  std::uint8_t green = 0;  ///< 0 .. 255
  std::uint8_t blue = 0;   ///< 0 .. 255
  friend bool operator==(const Rgb&, const Rgb&) = default;
};

/// A picture of 8-bit RGB pixels, row-major (height, width, 3), top row first; a plain value.
/// @throws value_error for negative extents
/// @throws shape_error when bytes and extents differ
/// @code
/// Image image(64, 64);
/// image.set(10, 20, {230, 60, 60});
/// @endcode
class Image {
 public:
  /// @{
  /// A picture of one colour; without extents it is empty.
  Image() = default;
  Image(index_t height, index_t width, Rgb fill = {}) : height_(height), width_(width) {
    require<value_error>(height >= 0 && width >= 0, "Image: extents {} x {}, expected >= 0", width, height);
    bytes_.resize(static_cast<std::size_t>(height * width * 3));
    if (fill != Rgb{}) {
      for (index_t i = 0; i < height * width; ++i) set(0, i, fill);
    }
  }
  /// @}
  /// A picture of these bytes, (height, width, 3). A template, so that Image(h, w, {r, g, b}) is a filled one.
  template <std::same_as<std::vector<std::uint8_t>> Bytes>
  Image(index_t height, index_t width, Bytes bytes)
      : height_(height), width_(width), bytes_(std::move(bytes)) {
    require<value_error>(height >= 0 && width >= 0, "Image: extents {} x {}, expected >= 0", width, height);
    require<shape_error>(static_cast<index_t>(bytes_.size()) == height * width * 3,
                         "Image: {} bytes, expected {} for {} x {} pixels", bytes_.size(), height * width * 3,
                         width, height);
  }

  /// @{
  /// Pixels along an axis.
  index_t height() const { return height_; }
  index_t width() const { return width_; }
  /// @}
  /// Whether it has no pixel.
  bool empty() const { return bytes_.empty(); }
  /// Whether both have as many rows and columns.
  bool same_extents(const Image& other) const { return height_ == other.height_ && width_ == other.width_; }

  /// @{
  /// All pixels, (height, width, 3).
  std::span<std::uint8_t> bytes() { return {bytes_.data(), bytes_.size()}; }
  std::span<const std::uint8_t> bytes() const { return {bytes_.data(), bytes_.size()}; }
  /// @}
  /// @{
  /// First byte of row y.
  std::uint8_t* row(index_t y) { return bytes_.data() + y * width_ * 3; }
  const std::uint8_t* row(index_t y) const { return bytes_.data() + y * width_ * 3; }
  /// @}

  /// @{
  /// The pixel of row y, column x; not checked.
  Rgb get(index_t y, index_t x) const {
    const std::uint8_t* pixel = row(y) + 3 * x;
    return {pixel[0], pixel[1], pixel[2]};
  }
  void set(index_t y, index_t x, Rgb colour) {
    std::uint8_t* pixel = row(y) + 3 * x;
    pixel[0] = colour.red;
    pixel[1] = colour.green;
    pixel[2] = colour.blue;
  }
  /// @}

  friend bool operator==(const Image&, const Image&) = default;

 private:
  index_t height_ = 0;
  index_t width_ = 0;
  std::vector<std::uint8_t> bytes_;  // (height, width, 3)
};

/// Copies `source` into `target` with its top left corner at (top, left).
/// @throws shape_error when it does not fit
inline void paste(Image& target, const Image& source, index_t top, index_t left) {
  require<shape_error>(top >= 0 && left >= 0 && top + source.height() <= target.height() &&
                           left + source.width() <= target.width(),
                       "paste: {} x {} pixels at row {}, column {} do not fit into {} x {}", source.width(),
                       source.height(), top, left, target.width(), target.height());
  for (index_t y = 0; y < source.height(); ++y) {
    std::copy_n(source.row(y), source.width() * 3, target.row(top + y) + 3 * left);
  }
}

/// The part of `height` x `width` pixels whose top left corner is (top, left).
/// @throws shape_error when it is not inside
inline Image crop(const Image& image, index_t top, index_t left, index_t height, index_t width) {
  require<shape_error>(top >= 0 && left >= 0 && height >= 0 && width >= 0 && top + height <= image.height() &&
                           left + width <= image.width(),
                       "crop: {} x {} pixels at row {}, column {} are not inside {} x {}", width, height, top,
                       left, image.width(), image.height());
  Image part(height, width);
  for (index_t y = 0; y < height; ++y) std::copy_n(image.row(top + y) + 3 * left, width * 3, part.row(y));
  return part;
}

/// Every pixel becomes `factor` x `factor` equal ones, written into `out` (its memory is reused).
/// @throws value_error unless factor >= 1
inline void scale_nearest(const Image& image, index_t factor, Image& out) {
  require<value_error>(factor >= 1, "scale_nearest: factor is {}, expected >= 1", factor);
  const index_t width = image.width() * factor;
  if (out.height() != image.height() * factor || out.width() != width)
    out = Image(image.height() * factor, width);
  for (index_t y = 0; y < image.height(); ++y) {
    for (index_t x = 0; x < image.width(); ++x) {
      const Rgb colour = image.get(y, x);
      for (index_t i = 0; i < factor; ++i) out.set(y * factor, x * factor + i, colour);
    }
    for (index_t i = 1; i < factor; ++i) std::copy_n(out.row(y * factor), width * 3, out.row(y * factor + i));
  }
}
/// The same as a new picture.
inline Image scale_nearest(const Image& image, index_t factor) {
  Image out;
  scale_nearest(image, factor, out);
  return out;
}

/// Resamples to any extents; each new pixel is the mean over the area that it covers (no ringing; enlarging
/// repeats pixels, mixed at the seams).
/// @throws value_error unless height, width >= 1 and the image has pixels
inline Image resize_area(const Image& image, index_t height, index_t width) {
  require<value_error>(height >= 1 && width >= 1 && !image.empty(),
                       "resize_area: from {} x {} to {} x {} pixels, expected >= 1", image.width(),
                       image.height(), width, height);
  // Along one axis, new pixel i covers [i n, (i + 1) n) and old pixel j covers [j m, (j + 1) m).
  Image out(height, width);
  const index_t area = image.height() * image.width();
  for (index_t y = 0; y < height; ++y) {
    const index_t top = y * image.height();
    const index_t bottom = top + image.height();
    for (index_t x = 0; x < width; ++x) {
      const index_t left = x * image.width();
      const index_t right = left + image.width();
      index_t sum[3] = {area / 2, area / 2, area / 2};  // so that the division rounds
      for (index_t j = top / height; j * height < bottom; ++j) {
        const index_t overlap_y = (std::min)(bottom, (j + 1) * height) - (std::max)(top, j * height);
        for (index_t i = left / width; i * width < right; ++i) {
          const index_t weight =
              overlap_y * ((std::min)(right, (i + 1) * width) - (std::max)(left, i * width));
          const std::uint8_t* pixel = image.row(j) + 3 * i;
          for (int c = 0; c < 3; ++c) sum[c] += weight * pixel[c];
        }
      }
      for (int c = 0; c < 3; ++c) out.row(y)[3 * x + c] = static_cast<std::uint8_t>(sum[c] / area);
    }
  }
  return out;
}

/// The largest centred part with the aspect of height : width, resampled to these extents.
/// @throws value_error unless height, width >= 1 and the image has pixels
inline Image resize_to_fill(const Image& image, index_t height, index_t width) {
  require<value_error>(height >= 1 && width >= 1 && !image.empty(),
                       "resize_to_fill: from {} x {} to {} x {} pixels, expected >= 1", image.width(),
                       image.height(), width, height);
  const index_t part_height = std::clamp<index_t>(image.width() * height / width, 1, image.height());
  const index_t part_width = std::clamp<index_t>(image.height() * width / height, 1, image.width());
  return resize_area(crop(image, (image.height() - part_height) / 2, (image.width() - part_width) / 2,
                          part_height, part_width),
                     height, width);
}

}  // namespace flashvideo
