// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// How near decoded frames are to the true ones: PSNR of everything, PSNR where something is, flicker where
/// nothing is, and how many tokens stand still.

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "flashvideo/core/error.hpp"
#include "flashvideo/data/clip_source.hpp"

namespace evaluate {

using flashvideo::index_t;

/// Squared differences of bytes, summed.
struct SquaredError {
  double sum = 0;
  index_t count = 0;

  void add(int a, int b) {
    sum += static_cast<double>((a - b) * (a - b));
    ++count;
  }
  /// 10 log10(255^2 / mean squared error), dB; infinite for equal pictures, 0 for none.
  double psnr() const {
    if (count == 0) return 0.0;
    return sum > 0 ? 10.0 * std::log10(65025.0 * static_cast<double>(count) / sum) : HUGE_VAL;
  }
};

/// Pictures of any number of clips, summed before anything is divided.
/// @code
///   PictureMetrics metrics;
///   metrics.add(truth.frames.data(), decoded.data(), truth.size);
///   metrics.psnr();  // dB
/// @endcode
class PictureMetrics {
 public:
  static constexpr index_t patch = 8;        ///< px
  static constexpr int calm_difference = 8;  ///< of 255

  /// Frames are RGB bytes (T, height, width, 3) whose sides are multiples of 8.
  void add(const std::uint8_t* truth, const std::uint8_t* decoded, const flashvideo::ClipSize& size) {
    flashvideo::require<flashvideo::value_error>(
        size.height % patch == 0 && size.width % patch == 0,
        "PictureMetrics::add: frames are {} x {}, expected multiples of 8", size.height, size.width);
    for (index_t t = 0; t < size.num_frames; ++t) {
      for (index_t y = 0; y < size.height; y += patch) {
        for (index_t x = 0; x < size.width; x += patch) add_patch(truth, decoded, size, t, y, x);
      }
    }
  }

  /// Over every pixel, dB.
  double psnr() const { return all_.psnr(); }
  /// Over the 8 x 8 patches whose true pixels are not all black, dB.
  double object_psnr() const { return objects_.psnr(); }
  /// Share of the pixels in patches that are truly black now, before and after, whose decoded value changed
  /// by at most 8/255 since the frame before.
  double calm_share() const {
    return quiet_pixels_ > 0 ? static_cast<double>(calm_pixels_) / static_cast<double>(quiet_pixels_) : 1.0;
  }
  index_t quiet_pixels() const { return quiet_pixels_; }

 private:
  template <typename Visit>
  static void for_each_pixel(const flashvideo::ClipSize& size, index_t t, index_t y, index_t x,
                             Visit&& visit) {
    for (index_t row = y; row < y + patch; ++row) {
      const index_t first = ((t * size.height + row) * size.width + x) * 3;
      for (index_t column = 0; column < patch; ++column) visit(first + 3 * column);
    }
  }

  static bool black(const std::uint8_t* truth, const flashvideo::ClipSize& size, index_t t, index_t y,
                    index_t x) {
    bool black = true;
    for_each_pixel(size, t, y, x, [&](index_t at) {
      black = black && truth[at] == 0 && truth[at + 1] == 0 && truth[at + 2] == 0;
    });
    return black;
  }

  void add_patch(const std::uint8_t* truth, const std::uint8_t* decoded, const flashvideo::ClipSize& size,
                 index_t t, index_t y, index_t x) {
    SquaredError error;
    for_each_pixel(size, t, y, x, [&](index_t at) {
      for (index_t c = 0; c < 3; ++c) error.add(truth[at + c], decoded[at + c]);
    });
    all_.sum += error.sum;
    all_.count += error.count;
    const bool black_now = black(truth, size, t, y, x);
    if (!black_now) {
      objects_.sum += error.sum;
      objects_.count += error.count;
    }
    const bool quiet = black_now && t > 0 && black(truth, size, t - 1, y, x) &&
                       (t + 1 == size.num_frames || black(truth, size, t + 1, y, x));
    if (!quiet) return;
    const index_t frame_bytes = size.height * size.width * 3;
    for_each_pixel(size, t, y, x, [&](index_t at) {
      int change = 0;
      for (index_t c = 0; c < 3; ++c) {
        change = std::max(change, std::abs(decoded[at + c] - decoded[at + c - frame_bytes]));
      }
      ++quiet_pixels_;
      calm_pixels_ += change <= calm_difference;
    });
  }

  SquaredError all_;
  SquaredError objects_;
  index_t quiet_pixels_ = 0;
  index_t calm_pixels_ = 0;
};

/// Token stability: the share of tokens that equal the token at the same place `spacing` frames later.
/// @param tokens (T, grid) ids, `grid` per frame.
inline double token_stability(std::span<const flashvideo::token_t> tokens, index_t grid, index_t spacing) {
  flashvideo::require<flashvideo::value_error>(
      grid > 0 && spacing > 0 && static_cast<index_t>(tokens.size()) % grid == 0,
      "token_stability: {} tokens with {} per frame and spacing {}, expected whole frames", tokens.size(),
      grid, spacing);
  index_t equal = 0, count = 0;
  for (index_t i = 0; i + spacing * grid < static_cast<index_t>(tokens.size()); ++i) {
    equal += tokens[static_cast<std::size_t>(i)] == tokens[static_cast<std::size_t>(i + spacing * grid)];
    ++count;
  }
  return count > 0 ? static_cast<double>(equal) / static_cast<double>(count) : 1.0;
}

}  // namespace evaluate
