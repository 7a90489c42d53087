// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"

namespace flashvideo {

/// The rule `resample`: frame k of the result is the frame of the video that is nearest in time to k / fps
/// after its first one (of two equally near the earlier), for every k / fps up to half a frame's mean time
/// after the last. So a video of this rate is taken frame by frame, one of twice the rate every second
/// frame, and one of half the rate each frame twice. A video whose frames have no times is taken frame by
/// frame.
/// @param seconds the frames' times, not falling
/// @throws value_error unless fps is above 0 and the result has at most 10,000,000 frames
inline std::vector<index_t> resampled_frames(std::span<const double> seconds, double fps) {
  require<value_error>(fps > 0.0, "resampled_frames: fps is {}, expected > 0", fps);
  std::vector<index_t> frames;
  if (seconds.empty()) return frames;
  const double first = seconds.front();
  const double length = seconds.back() - first;
  if (length <= 0.0) {
    for (std::size_t i = 0; i < seconds.size(); ++i) frames.push_back(static_cast<index_t>(i));
    return frames;
  }
  const double mean_time = length / static_cast<double>(seconds.size() - 1);
  const double count = std::floor((length + mean_time / 2) * fps) + 1;
  require<value_error>(count <= 1e7, "resampled_frames: {} seconds are {} frames, expected at most 1e7",
                       length, count);
  for (index_t k = 0; k < static_cast<index_t>(count); ++k) {
    const double time = first + static_cast<double>(k) / fps;
    auto nearest = std::lower_bound(seconds.begin(), seconds.end(), time);
    constexpr double rounding = 1e-9;
    const bool before =
        nearest == seconds.end() ||
        (nearest != seconds.begin() && time - *std::prev(nearest) <= *nearest - time + rounding);
    if (before) --nearest;
    frames.push_back(nearest - seconds.begin());
  }
  return frames;
}

/// The rule `every n-th`: frames 0, n, 2 n, ... of `count`, whatever their times.
/// @throws value_error unless n is at least 1
inline std::vector<index_t> every_nth_frame(index_t count, index_t n) {
  require<value_error>(n >= 1, "every_nth_frame: n is {}, expected >= 1", n);
  std::vector<index_t> frames;
  for (index_t frame = 0; frame < count; frame += n) frames.push_back(frame);
  return frames;
}

}  // namespace flashvideo
