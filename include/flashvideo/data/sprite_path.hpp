// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// How sprites move: the four motions of the small world as functions of time.

#include <cmath>

#include "flashvideo/core/math.hpp"
#include "flashvideo/core/random.hpp"
#include "flashvideo/data/clip_source.hpp"
#include "flashvideo/data/small_world.hpp"
#include "flashvideo/data/sprite_shape.hpp"

namespace flashvideo {

/// A point of the frame in px; the top left pixel's centre is (0.5, 0.5).
struct SpritePoint {
  double x = 0;  ///< to the right
  double y = 0;  ///< down
};

/// Where a sprite's centre may be on one axis, px.
struct SpriteRange {
  double low = 0;   ///< px
  double high = 0;  ///< px

  /// px.
  double length() const { return high - low; }
  /// The point reached by running on from `position`, reflected at both ends (a triangle wave).
  double reflect(double position) const {
    const double period = 2.0 * length();
    double phase = position - low;
    phase -= period * std::floor(phase / period);
    return low + (phase > length() ? period - phase : phase);
  }
};

/// The limits of the small world's motions.
struct SpriteMotionLimits {
  static constexpr double margin = 1.0;      ///< px between a sprite and the border where it bounces
  static constexpr double min_speed = 1.6;   ///< px per frame on a moving axis
  static constexpr double max_speed = 2.6;   ///< px per frame
  static constexpr double min_orbit = 11.0;  ///< px, radius of "moves in a circle"
  static constexpr double max_orbit = 14.0;  ///< px
  static constexpr double min_turn = 14.0;   ///< frames per turn
  static constexpr double max_turn = 20.0;   ///< frames per turn
};

/// The path of a sprite's centre. On a circle, centre(t) = start + orbit (cos a, sin a), a = phase + t turn;
/// else each axis is start + t velocity, reflected at its range.
struct SpritePath {
  SpriteMotion motion = SpriteMotion::left_and_right;  ///< which of the two laws
  SpriteRange range_x;                                 ///< where the centre bounces, px
  SpriteRange range_y;                                 ///< the same down
  SpritePoint start;                                   ///< px; the orbit's centre on a circle
  double velocity_x = 0;                               ///< px per frame, signed
  double velocity_y = 0;                               ///< px per frame, signed
  double orbit = 0;                                    ///< px
  double turn = 0;                                     ///< radians per frame, signed
  double phase = 0;                                    ///< radians

  /// The sprite's centre in frame t.
  SpritePoint at(double t) const {
    if (motion == SpriteMotion::circle) {
      const auto angle = math::sine_cosine(phase + t * turn);
      return {start.x + orbit * angle.cosine, start.y + orbit * angle.sine};
    }
    return {range_x.reflect(start.x + t * velocity_x), range_y.reflect(start.y + t * velocity_y)};
  }

  /// Length of the path per frame, px.
  double speed() const {
    if (motion == SpriteMotion::circle) return orbit * std::abs(turn);
    return math::sqrt(velocity_x * velocity_x + velocity_y * velocity_y);
  }
};

/// Draws a path of the given motion for a sprite of this reach: starts, speeds, senses and phases uniform
/// over all that keep the sprite 1 px inside the border.
inline SpritePath draw_path(SpriteMotion motion, const SpriteReach& reach, const ClipSize& size,
                            RandomStream& random) {
  using Limits = SpriteMotionLimits;
  SpritePath path;
  path.motion = motion;
  path.range_x = {Limits::margin + reach.left,
                  static_cast<double>(size.width) - Limits::margin - reach.right};
  path.range_y = {Limits::margin + reach.up, static_cast<double>(size.height) - Limits::margin - reach.down};
  const auto sign = [&random] { return random.uniform() < 0.5 ? -1.0 : 1.0; };
  if (motion == SpriteMotion::circle) {
    path.orbit = random.uniform(Limits::min_orbit, Limits::max_orbit);
    path.turn = sign() * 6.283185307179586 / random.uniform(Limits::min_turn, Limits::max_turn);
    path.phase = random.uniform(0.0, 6.283185307179586);
    path.start.x = random.uniform(path.range_x.low + path.orbit, path.range_x.high - path.orbit);
    path.start.y = random.uniform(path.range_y.low + path.orbit, path.range_y.high - path.orbit);
    return path;
  }
  path.start.x = random.uniform(path.range_x.low, path.range_x.high);
  path.start.y = random.uniform(path.range_y.low, path.range_y.high);
  if (motion != SpriteMotion::up_and_down) {
    path.velocity_x = sign() * random.uniform(Limits::min_speed, Limits::max_speed);
  }
  if (motion != SpriteMotion::left_and_right) {
    path.velocity_y = sign() * random.uniform(Limits::min_speed, Limits::max_speed);
  }
  return path;
}

}  // namespace flashvideo
