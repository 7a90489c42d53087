// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "flashvideo/core/error.hpp"

namespace flashvideo {

/// Where the centre of an output pixel lies among the input pixels, for bilinear resizing without a wider
/// filter when shrinking.
enum class PixelCentres {
  half_pixel,  ///< (i + 1/2) scale - 1/2, from 0 on (PyTorch's F.interpolate, align_corners=False)
  corner       ///< i scale (TensorFlow 1's resize_bilinear, align_corners=False)
};

/// How a frame of any aspect comes to another one.
enum class FrameFit {
  squash,      ///< each side by its own factor
  centre_crop  ///< both by one factor, so that the new frame is covered (rounded up), then the middle
};

/// Which of several crops that are evenly spread along a frame's longer side; the middle unless told.
struct CropPlace {
  index_t number = 1;  ///< 0 .. of - 1, from the left or from above
  index_t of = 3;      ///< crops, the first and the last at the borders
  /// Pixels before the crop, of those that it leaves out.
  index_t offset(index_t left_out) const { return left_out * number / (of - 1); }
  friend bool operator==(const CropPlace&, const CropPlace&) = default;
};

/// Bilinear resizing along one axis: output i is (1 - weight) input[first] + weight input[second].
struct LinearTaps {
  std::vector<index_t> first;   ///< input before the place
  std::vector<index_t> second;  ///< input after it
  std::vector<float> weight;    ///< of the second, 0 to 1

  /// @throws value_error unless both lengths are >= 1
  LinearTaps(index_t from, index_t to, PixelCentres centres) {
    require<value_error>(from >= 1 && to >= 1, "LinearTaps: from {} to {} pixels, expected >= 1", from, to);
    const float scale = static_cast<float>(from) / static_cast<float>(to);
    for (index_t i = 0; i < to; ++i) {
      const float at = centres == PixelCentres::corner
                           ? static_cast<float>(i) * scale
                           : (std::max)(0.0F, (static_cast<float>(i) + 0.5F) * scale - 0.5F);
      const index_t low = (std::min)(static_cast<index_t>(at), from - 1);
      first.push_back(low);
      second.push_back((std::min)(low + 1, from - 1));
      weight.push_back(at - static_cast<float>(low));
    }
  }
};

/// Resizes one plane-interleaved picture (height, width, channels) to (new_height, new_width, channels).
inline void resize_bilinear(const float* in, index_t height, index_t width, index_t channels, float* out,
                            index_t new_height, index_t new_width, PixelCentres centres) {
  const LinearTaps down(height, new_height, centres), across(width, new_width, centres);
  for (index_t y = 0; y < new_height; ++y) {
    const auto row = static_cast<std::size_t>(y);
    const float* top = in + down.first[row] * width * channels;
    const float* bottom = in + down.second[row] * width * channels;
    const float below = down.weight[row], above = 1.0F - below;
    for (index_t x = 0; x < new_width; ++x) {
      const auto column = static_cast<std::size_t>(x);
      const index_t left = across.first[column] * channels, right = across.second[column] * channels;
      const float after = across.weight[column], before = 1.0F - after;
      for (index_t c = 0; c < channels; ++c) {
        *out++ = above * (before * top[left + c] + after * top[right + c]) +
                 below * (before * bottom[left + c] + after * bottom[right + c]);
      }
    }
  }
}

/// RGB bytes of one frame as floats at another size.
/// @param scale, shift a byte b becomes b scale + shift, before it is resized
/// @param out (new_height, new_width, 3)
/// @throws shape_error when bytes or floats do not fit their extents
inline void fit_frame(std::span<const std::uint8_t> rgb, index_t height, index_t width, FrameFit rule,
                      PixelCentres centres, float scale, float shift, std::span<float> out,
                      index_t new_height, index_t new_width, const CropPlace& place = {}) {
  require<shape_error>(static_cast<index_t>(rgb.size()) == height * width * 3 &&
                           static_cast<index_t>(out.size()) == new_height * new_width * 3,
                       "fit_frame: {} bytes into {} floats, expected {} and {}", rgb.size(), out.size(),
                       height * width * 3, new_height * new_width * 3);
  std::vector<float> values(rgb.size());
  for (std::size_t i = 0; i < rgb.size(); ++i) values[i] = static_cast<float>(rgb[i]) * scale + shift;
  if (height == new_height && width == new_width) {
    std::copy(values.begin(), values.end(), out.begin());
    return;
  }
  if (rule == FrameFit::squash || height * new_width == width * new_height) {
    resize_bilinear(values.data(), height, width, 3, out.data(), new_height, new_width, centres);
    return;
  }
  // One side becomes exactly the new one, the other by the same factor, rounded up, so that it covers the new one.
  const bool by_height = new_height * width >= new_width * height;
  const auto scaled_up = [](index_t n, index_t to, index_t from) { return (n * to + from - 1) / from; };
  const index_t full_height = by_height ? new_height : scaled_up(height, new_width, width);
  const index_t full_width = by_height ? scaled_up(width, new_height, height) : new_width;
  std::vector<float> full(static_cast<std::size_t>(full_height * full_width * 3));
  resize_bilinear(values.data(), height, width, 3, full.data(), full_height, full_width, centres);
  const index_t top = place.offset(full_height - new_height), left = place.offset(full_width - new_width);
  for (index_t y = 0; y < new_height; ++y) {
    std::copy_n(full.data() + ((top + y) * full_width + left) * 3, new_width * 3,
                out.data() + y * new_width * 3);
  }
}

/// Appends one frame at another size: bilinear with half-pixel centres, to the nearest byte.
/// @throws shape_error when the bytes do not fit their extents
inline void append_fitted(std::span<const std::uint8_t> rgb, index_t height, index_t width, FrameFit rule,
                          index_t new_height, index_t new_width, std::vector<std::uint8_t>& out,
                          const CropPlace& place = {}) {
  std::vector<float> fitted(static_cast<std::size_t>(new_height * new_width * 3));
  fit_frame(rgb, height, width, rule, PixelCentres::half_pixel, 1, 0, fitted, new_height, new_width, place);
  for (const float value : fitted)
    out.push_back(static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0F, 255.0F))));
}

}  // namespace flashvideo
