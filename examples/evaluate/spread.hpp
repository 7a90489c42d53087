// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "flashvideo/data/moving_shapes.hpp"
#include "verdict.hpp"

namespace evaluate {

/// How different the clips of one prompt are: standard deviations over clips of where the object starts (both
/// axes together, px) and how fast it is (px per frame).
struct Spread {
  double start = 0;
  double speed = 0;
  index_t clips = 0;
};

/// Collects paths and computes their spread.
class SpreadMeter {
 public:
  void add(const SpritePath& path) {
    const SpritePoint start = path.at(0.0);
    x_.push_back(start.x);
    y_.push_back(start.y);
    speed_.push_back(path.speed());
  }
  /// Adds every object whose motion was read and is the one asked for.
  void add(const ClipVerdict& verdict) {
    for (const ObjectVerdict& object : verdict.objects) {
      if (object.motion == Reading::right) add(object.read.motion->path);
    }
  }

  Spread spread() const {
    return {std::sqrt(variance(x_) + variance(y_)), std::sqrt(variance(speed_)),
            static_cast<index_t>(x_.size())};
  }

 private:
  /// Unbiased; 0 for fewer than two values.
  static double variance(const std::vector<double>& values) {
    if (values.size() < 2) return 0.0;
    double mean = 0, sum = 0;
    for (const double value : values) mean += value / static_cast<double>(values.size());
    for (const double value : values) sum += (value - mean) * (value - mean);
    return sum / static_cast<double>(values.size() - 1);
  }

  std::vector<double> x_, y_, speed_;
};

/// The world's own spread for a one-object caption, from the truth of `clips` clips.
inline Spread world_spread(std::string_view caption, index_t clips = 1000) {
  const flashvideo::MovingShapes world({.seed = 1, .split = flashvideo::WorldSplit::all});
  SpreadMeter meter;
  for (index_t i = 0; i < clips; ++i) meter.add(world.clip_for(caption, i).sprites.front().path);
  return meter.spread();
}

/// "starts 12.1 px (0.97 of the world's), speeds 0.28 px/frame (0.99 of the world's) over 32 clips"
inline std::string spread_report(const Spread& measured, const Spread& world) {
  return fmt::format(
      "starts {:.2f} px ({:.2f} of the world's), speeds {:.3f} px/frame ({:.2f} of the world's) over {} "
      "clips\n",
      measured.start, measured.start / world.start, measured.speed, measured.speed / world.speed,
      measured.clips);
}

}  // namespace evaluate
