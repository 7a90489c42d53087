// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "colour_maps.hpp"
#include "motion_fit.hpp"
#include "shape_match.hpp"

namespace evaluate {

/// What the pixels show of one object; an attribute that cannot be read is absent.
struct ReadObject {
  std::optional<SpriteColour> colour;
  std::optional<SpriteShape> shape;
  std::optional<MotionFit> motion;
  double motion_rms =
      1e30;           ///< distance from the nearest law, also where that is too far to call it a motion, px
  double radius = 0;  ///< px
  double explained = 0;  ///< how well the template fits, at most 1
  index_t visible_frames = 0;
};

/// A template that explains less than this of a colour's pixels is no object.
inline constexpr double min_explained = 0.6;
/// An object is seen in at least this share of the frames.
inline constexpr double min_visible_share = 0.75;

/// Reads the objects of a clip from its pixels alone, most pixels first: colours by their mass, shapes by
/// templates over all frames, motions by fitting the centres' track.
/// @param frames RGB bytes, (T, 64 k, 64 k, 3).
/// @code std::vector<ReadObject> objects = read_objects(clip.frames.data(), clip.size); @endcode
inline std::vector<ReadObject> read_objects(const std::uint8_t* frames, const flashvideo::ClipSize& size) {
  const WorldFrames world = world_frames(frames, size);
  std::vector<ReadObject> objects;
  for (const ColourMap& map : colour_maps(world, present_colours(world))) {
    const ShapeMatch match = match_shape(map, world.num_frames);
    ReadObject object;
    std::vector<TrackPoint> track;
    for (std::size_t t = 0; t < match.sightings.size(); ++t) {
      if (match.sightings[t].visible) track.push_back({static_cast<double>(t), match.sightings[t].centre});
    }
    object.visible_frames = static_cast<index_t>(track.size());
    object.radius = match.sprite.radius;
    object.explained = match.explained;
    const double seen = static_cast<double>(track.size()) / static_cast<double>(world.num_frames);
    if (match.explained >= min_explained && seen >= min_visible_share) {
      object.colour = map.colour;
      object.shape = match.sprite.shape;
      object.motion = nearest_motion(track, match.sprite.reach());
      if (object.motion) object.motion_rms = object.motion->rms;
      if (object.motion_rms > max_motion_rms) object.motion.reset();
    }
    objects.push_back(object);
  }
  return objects;
}

}  // namespace evaluate
