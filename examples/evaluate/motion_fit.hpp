// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// Which of the four motions a track of centres follows, by least squares against each motion's law.

#include <algorithm>
#include <cmath>
#include <complex>
#include <optional>
#include <vector>

#include "flashvideo/data/sprite_path.hpp"
#include "shape_match.hpp"

namespace evaluate {

using flashvideo::SpriteMotion;
using flashvideo::SpritePath;
using flashvideo::SpriteRange;

/// A centre seen in frame t, px.
struct TrackPoint {
  double t = 0;
  SpritePoint at;
};

/// A motion with the path that comes nearest to the track; distances count as at most 4 px, so that a frame
/// that went wrong does not decide.
struct MotionFit {
  SpritePath path;
  double rms = 1e30;  ///< px
};

namespace detail {

inline double capped_square(double d) { return std::min(d * d, 16.0); }

/// One axis at constant speed between two borders: start, velocity and summed capped squares.
struct AxisFit {
  double start = 0;
  double velocity = 0;
  double error = 1e30;
};

/// Position on one axis over time.
struct AxisPoint {
  double t = 0;
  double value = 0;
};

inline AxisFit fit_bounce(const std::vector<AxisPoint>& points, const SpriteRange& range) {
  AxisFit best;
  const auto consider = [&](double start, double velocity) {
    double error = 0;
    for (const AxisPoint& p : points) error += capped_square(range.reflect(start + velocity * p.t) - p.value);
    if (error < best.error) best = {start, velocity, error};
  };
  // on the unfolded axis a start beyond the range is a start inside it that runs backwards
  for (double speed = 1.2; speed <= 3.0; speed += 0.1) {
    for (double start = 0; start < 2.0 * range.length(); start += 0.5) consider(range.low + start, speed);
  }
  for (double step = 0.25; step >= 0.02; step *= 0.5) {
    for (int pass = 0; pass < 3; ++pass) {
      const AxisFit middle = best;
      for (int k = 0; k < 9; ++k) {
        const double velocity = std::clamp(middle.velocity + 0.2 * step * (k / 3 - 1), 1.2, 3.0);
        consider(middle.start + step * (k % 3 - 1), velocity);
      }
    }
  }
  const double phase = best.start - range.low;
  const bool backwards =
      phase - 2 * range.length() * std::floor(phase / (2 * range.length())) > range.length();
  best.start = range.reflect(best.start);
  if (backwards) best.velocity = -best.velocity;
  return best;
}

/// One axis that stands still: its median.
inline AxisFit fit_still(const std::vector<AxisPoint>& points) {
  std::vector<double> values;
  for (const AxisPoint& p : points) values.push_back(p.value);
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                   values.end());
  AxisFit fit{values[values.size() / 2], 0.0, 0.0};
  for (const AxisPoint& p : points) fit.error += capped_square(fit.start - p.value);
  return fit;
}

/// z(t) = c + a e^(i w t): linear least squares in the complex c and a for each w, twice, the second time
/// without the points further than 4 px.
inline MotionFit fit_circle(const std::vector<TrackPoint>& track) {
  using Complex = std::complex<double>;
  MotionFit best;
  for (double turn_frames = 12.0; turn_frames <= 23.0; turn_frames += 0.1) {
    for (const double sense : {-1.0, 1.0}) {
      const double turn = sense * 6.283185307179586 / turn_frames;
      Complex centre, arm;
      double error = 0;
      for (int pass = 0; pass < 2; ++pass) {
        double n = 0;
        Complex e_sum, z_sum, ez_sum;
        for (const TrackPoint& p : track) {
          const Complex e = std::polar(1.0, turn * p.t), z(p.at.x, p.at.y);
          if (pass > 0 && std::abs(centre + arm * e - z) > 4.0) continue;
          n += 1;
          e_sum += e;
          z_sum += z;
          ez_sum += std::conj(e) * z;
        }
        const double determinant = n * n - std::norm(e_sum);
        if (determinant < 1e-6) break;
        arm = (n * ez_sum - std::conj(e_sum) * z_sum) / determinant;
        centre = (z_sum - arm * e_sum) / n;
        error = 0;
        for (const TrackPoint& p : track) {
          const double d = std::abs(centre + arm * std::polar(1.0, turn * p.t) - Complex(p.at.x, p.at.y));
          error += capped_square(d);
        }
      }
      const double rms = std::sqrt(error / static_cast<double>(track.size()));
      if (std::abs(arm) < 9.0 || std::abs(arm) > 16.5 || rms >= best.rms) continue;
      best.rms = rms;
      best.path.motion = SpriteMotion::circle;
      best.path.start = {centre.real(), centre.imag()};
      best.path.orbit = std::abs(arm);
      best.path.phase = std::arg(arm);
      best.path.turn = turn;
    }
  }
  return best;
}

}  // namespace detail

/// A track further than this from every law is unreadable, px. True clips are 0.2 px off at most, and of
/// clips with shuffled frames, the hardest to refuse, one in a hundred comes within 2.65 px of what was asked
/// (400 clips; at 3 px 12 %). So this is about the widest limit at which the reader still refuses 99 % of
/// them.
inline constexpr double max_motion_rms = 2.4;
/// A track within this distance of its law moves evenly to the eye, px.
inline constexpr double even_motion_rms = 1.6;

/// The motion whose law comes nearest to the track of a sprite with this reach, however far it is; nothing
/// when the track is too short.
inline std::optional<MotionFit> nearest_motion(const std::vector<TrackPoint>& track,
                                               const flashvideo::SpriteReach& reach) {
  if (track.size() < 8) return std::nullopt;
  const double low = flashvideo::SpriteMotionLimits::margin;
  const double high = static_cast<double>(world_side) - low;
  const SpriteRange range_x{low + reach.left, high - reach.right};
  const SpriteRange range_y{low + reach.up, high - reach.down};
  std::vector<detail::AxisPoint> x, y;
  for (const TrackPoint& p : track) {
    x.push_back({p.t, p.at.x});
    y.push_back({p.t, p.at.y});
  }
  const detail::AxisFit moving_x = detail::fit_bounce(x, range_x), moving_y = detail::fit_bounce(y, range_y);
  const detail::AxisFit still_x = detail::fit_still(x), still_y = detail::fit_still(y);

  MotionFit best = detail::fit_circle(track);
  best.path.range_x = range_x;
  best.path.range_y = range_y;
  const auto consider = [&](SpriteMotion motion, const detail::AxisFit& fit_x, const detail::AxisFit& fit_y) {
    const double rms = std::sqrt((fit_x.error + fit_y.error) / static_cast<double>(track.size()));
    if (rms >= best.rms) return;
    best.rms = rms;
    best.path = {motion, range_x, range_y, {fit_x.start, fit_y.start}, fit_x.velocity, fit_y.velocity,
                 0,      0,       0};
  };
  consider(SpriteMotion::left_and_right, moving_x, still_y);
  consider(SpriteMotion::up_and_down, still_x, moving_y);
  consider(SpriteMotion::diagonal, moving_x, moving_y);
  return best;
}

}  // namespace evaluate
