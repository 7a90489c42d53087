// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "flashvideo/core/error.hpp"

namespace flashvideo::baselines {

/// Extents of a video of tokens, or of a window of it; the token of (t, y, x) stands at (t H + y) W + x.
struct TokenGrid {
  index_t frames = 1;  ///< T
  index_t height = 1;  ///< H
  index_t width = 1;   ///< W

  index_t size() const { return frames * height * width; }
};

/// Which tokens see each other: a partition of a sequence into windows of one size.
struct Windows {
  std::vector<index_t> order;  ///< (N) every place of the sequence once, window after window
  index_t size = 0;            ///< tokens in a window

  index_t count() const { return static_cast<index_t>(order.size()) / size; }
};

/// The windows of `window`'s extents that cut `grid` without a remainder, in ascending order of their first
/// token; within a window places ascend.
/// @throws value_error unless each extent of the window is at least 1 and divides the grid's
inline Windows space_time_windows(const TokenGrid& grid, const TokenGrid& window) {
  const auto divides = [](const char* what, index_t whole, index_t part) {
    require<value_error>(part >= 1 && whole >= part && whole % part == 0,
                         "space_time_windows: {} is {} in a grid of {}, expected a divisor", what, part,
                         whole);
  };
  divides("frames", grid.frames, window.frames);
  divides("height", grid.height, window.height);
  divides("width", grid.width, window.width);
  Windows windows{{}, window.size()};
  windows.order.reserve(static_cast<std::size_t>(grid.size()));
  for (index_t first_t = 0; first_t < grid.frames; first_t += window.frames) {
    for (index_t first_y = 0; first_y < grid.height; first_y += window.height) {
      for (index_t first_x = 0; first_x < grid.width; first_x += window.width) {
        for (index_t i = 0; i < window.size(); ++i) {
          const index_t t = first_t + i / (window.width * window.height);
          const index_t y = first_y + i / window.width % window.height;
          const index_t x = first_x + i % window.width;
          windows.order.push_back((t * grid.height + y) * grid.width + x);
        }
      }
    }
  }
  return windows;
}

/// Every token sees every other: MAGVIT's attention.
inline Windows whole_sequence(index_t length) { return space_time_windows({1, 1, length}, {1, 1, length}); }

/// MaskViT's windows, for layers in turn: a whole frame (1 x H x W, 1 x 16 x 16 there), then a column of
/// `patch` x `patch` tokens through all frames (T x 4 x 4 there). Source: Gupta et al., arXiv:2206.11894;
/// it came without code, and the extents are unverified.
inline std::vector<Windows> maskvit_windows(const TokenGrid& grid, index_t patch = 4) {
  return {space_time_windows(grid, {1, grid.height, grid.width}),
          space_time_windows(grid, {grid.frames, patch, patch})};
}

}  // namespace flashvideo::baselines
