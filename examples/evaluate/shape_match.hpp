// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// Which shape the pixels of one colour have, and where it is in each frame, by least squares against drawn
/// templates.

#include <algorithm>
#include <cmath>
#include <vector>

#include "colour_maps.hpp"
#include "flashvideo/data/sprite_path.hpp"
#include "flashvideo/data/sprite_shape.hpp"

namespace evaluate {

using flashvideo::ShapeSprite;
using flashvideo::SpritePoint;
using flashvideo::SpriteShape;

/// Where one frame shows the object.
struct Sighting {
  bool visible = false;
  bool touched = false;  ///< another object hides pixels nearby
  SpritePoint centre;
};

/// The best template over the clip.
struct ShapeMatch {
  ShapeSprite sprite;
  float softness = 1;
  double explained = 0;  ///< 1 - squared error / squared signal over the frames compared; 1 is perfect
  std::vector<Sighting> sightings;
};

namespace detail {

inline std::size_t cell(index_t t, index_t y, index_t x) {
  return static_cast<std::size_t>((t * world_side + y) * world_side + x);
}

/// The object's centre of mass in a frame, with pixels further than 14 px from a first guess left out.
inline Sighting centre_of_mass(const ColourMap& map, index_t t) {
  Sighting sighting;
  for (int pass = 0; pass < 3; ++pass) {
    double mass = 0, x_sum = 0, y_sum = 0;
    for (index_t y = 0; y < world_side; ++y) {
      for (index_t x = 0; x < world_side; ++x) {
        const double px = static_cast<double>(x) + 0.5, py = static_cast<double>(y) + 0.5;
        const float alpha = std::min(map.alpha[cell(t, y, x)], 1.0F);
        const bool far = pass > 0 && std::hypot(px - sighting.centre.x, py - sighting.centre.y) > 14.0;
        if (alpha < visible_alpha || far) continue;
        mass += static_cast<double>(alpha);
        x_sum += static_cast<double>(alpha) * px;
        y_sum += static_cast<double>(alpha) * py;
      }
    }
    sighting.visible = mass >= 40.0;
    if (mass <= 0.0) return sighting;
    sighting.centre = {x_sum / mass, y_sum / mass};
  }
  for (index_t y = 0; y < world_side; ++y) {
    for (index_t x = 0; x < world_side; ++x) {
      const double dx = static_cast<double>(x) + 0.5 - sighting.centre.x;
      const double dy = static_cast<double>(y) + 0.5 - sighting.centre.y;
      if (map.hidden[cell(t, y, x)] != 0 && std::hypot(dx, dy) <= 14.0) sighting.touched = true;
    }
  }
  return sighting;
}

/// Sum over the frame's pixels that are not hidden of (alpha - template)^2 - alpha^2.
inline double template_gain(const ColourMap& map, index_t t, const flashvideo::CoveragePatch& patch) {
  float sum = 0;
  const index_t first = std::max<index_t>(0, -patch.x0), last = std::min(patch.width, world_side - patch.x0);
  for (index_t row = 0; row < patch.height; ++row) {
    const index_t y = patch.y0 + row;
    if (y < 0 || y >= world_side) continue;
    for (index_t column = first; column < last; ++column) {
      const std::size_t at = cell(t, y, patch.x0 + column);
      const float drawn = patch.at(row, column);
      sum += map.hidden[at] != 0 ? 0.0F : drawn * (drawn - 2.0F * map.alpha[at]);
    }
  }
  return static_cast<double>(sum);
}

/// Sum over the frame's pixels that are not hidden of alpha^2; alpha below 0.1 is the decoder's haze.
inline double signal(const ColourMap& map, index_t t) {
  double sum = 0;
  for (std::size_t i = cell(t, 0, 0); i < cell(t + 1, 0, 0); ++i) {
    if (map.hidden[i] == 0 && map.alpha[i] > 0.1F) sum += static_cast<double>(map.alpha[i] * map.alpha[i]);
  }
  return sum;
}

/// Moves the sighting to where the template fits best: steps of `step` within `reach`, then halved steps.
inline void settle(const ColourMap& map, index_t t, const ShapeSprite& sprite, float softness, double reach,
                   double step, Sighting& sighting) {
  flashvideo::CoveragePatch patch;
  const auto error_at = [&](SpritePoint p) {
    sprite.cover(p.x, p.y, patch, softness);
    return template_gain(map, t, patch);
  };
  SpritePoint best = sighting.centre;
  double least = error_at(best);
  const SpritePoint origin = best;
  const auto consider = [&](SpritePoint p) {
    const double error = error_at(p);
    if (error < least) {
      least = error;
      best = p;
    }
  };
  for (double dy = -reach; dy <= reach; dy += step) {
    for (double dx = -reach; dx <= reach; dx += step) consider({origin.x + dx, origin.y + dy});
  }
  for (double finer = 0.5 * step; finer >= 0.12; finer *= 0.5) {
    const SpritePoint middle = best;
    for (int k = 0; k < 9; ++k) consider({middle.x + finer * (k % 3 - 1), middle.y + finer * (k / 3 - 1)});
  }
  sighting.centre = best;
}

/// How well a template explains the given frames at their sightings.
inline double explained(const ColourMap& map, const std::vector<Sighting>& sightings,
                        const std::vector<index_t>& frames, const ShapeSprite& sprite, float softness) {
  flashvideo::CoveragePatch patch;
  double gain = 0, total = 0;
  for (const index_t t : frames) {
    const SpritePoint centre = sightings[static_cast<std::size_t>(t)].centre;
    sprite.cover(centre.x, centre.y, patch, softness);
    gain -= template_gain(map, t, patch);
    total += signal(map, t);
  }
  return total > 0 ? gain / total : 0.0;
}

}  // namespace detail

/// Finds shape, radius and centres of one colour's pixels. Six shapes, radii 8.5 to 11.5 px, edges sharp and
/// blurred are drawn at the centres of mass (every shape's centre is its centre of mass); the three best
/// shapes are then settled in every frame and compared again. Frames in which another object is near count
/// only when fewer than five are free.
inline ShapeMatch match_shape(const ColourMap& map, index_t num_frames) {
  std::vector<Sighting> sightings;
  std::vector<index_t> visible, clear;
  for (index_t t = 0; t < num_frames; ++t) {
    sightings.push_back(detail::centre_of_mass(map, t));
    if (!sightings.back().visible) continue;
    visible.push_back(t);
    if (!sightings.back().touched) clear.push_back(t);
  }
  const bool enough_clear = clear.size() >= 5;
  const std::vector<index_t>& compared = enough_clear ? clear : visible;

  const auto try_all_radii = [&](ShapeMatch& match) {
    match.explained = -1e30;
    for (double radius = 8.5; radius <= 11.5; radius += 0.5) {
      for (const float softness : {1.0F, 3.0F}) {
        const ShapeSprite sprite{match.sprite.shape, radius};
        const double explained = detail::explained(map, match.sightings, compared, sprite, softness);
        if (explained <= match.explained) continue;
        match.explained = explained;
        match.sprite = sprite;
        match.softness = softness;
      }
    }
  };
  const auto better = [](const ShapeMatch& a, const ShapeMatch& b) { return a.explained > b.explained; };
  std::vector<ShapeMatch> matches;
  for (index_t s = 0; s < flashvideo::num_sprite_shapes; ++s) {
    ShapeMatch match;
    match.sprite.shape = static_cast<SpriteShape>(s);
    match.sightings = sightings;
    try_all_radii(match);
    matches.push_back(match);
  }
  std::sort(matches.begin(), matches.end(), better);
  if (matches.front().explained < 0.2) return matches.front();  // nothing with a shape
  matches.resize(3);
  for (ShapeMatch& match : matches) {
    for (const index_t t : compared) {
      Sighting& sighting = match.sightings[static_cast<std::size_t>(t)];
      const double reach = sighting.touched ? 5.0 : 1.0;
      detail::settle(map, t, match.sprite, match.softness, reach, 1.0, sighting);
    }
    try_all_radii(match);
  }
  ShapeMatch best = *std::min_element(matches.begin(), matches.end(), better);
  for (const index_t t : visible) {  // the frames that were not compared
    Sighting& sighting = best.sightings[static_cast<std::size_t>(t)];
    if (enough_clear && sighting.touched) {
      detail::settle(map, t, best.sprite, best.softness, 6.0, 1.0, sighting);
    }
  }
  return best;
}

}  // namespace evaluate
