// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/core/random.hpp"
#include "flashvideo/data/clip_source.hpp"
#include "flashvideo/data/held_out.hpp"
#include "flashvideo/data/small_world.hpp"
#include "flashvideo/data/sprite_scene.hpp"

namespace flashvideo {

/// Which part of the small world is drawn.
struct MovingShapesOptions {
  std::uint64_t seed = 0;                   ///< of all that is drawn
  WorldSplit split = WorldSplit::training;  ///< which triples
  double two_object_share = 0.5;            ///< probability that a clip shows two objects
};

/// What a clip of the small world truly shows of one object.
struct SpriteTruth {
  SpriteTriple triple;  ///< what the caption says
  double radius = 0;    ///< px
  SpritePath path;      ///< where its centre is

  /// As a scene draws it.
  SceneObject<ShapeSprite> object() const { return {{triple.shape, radius}, rgb_of(triple.colour), path}; }
};

/// A clip with its truth, objects in the caption's order, the last one in front.
struct ShapesClip : Clip {
  std::vector<SpriteTruth> sprites;  ///< one or two
};

/// The small world: one or two coloured shapes that move over black, 17 frames of 64 x 64 pixels,
/// anti-aliased, without end and without a download. Clip i is a pure function of (seed, split, i). Two
/// objects have different colours and cover at most a fifth of each other's area over the clip.
/// @code
///   MovingShapes world({.seed = 1, .split = WorldSplit::training});
///   ShapesClip clip = world.clip(0);  // clip.caption, clip.frames (17, 64, 64, 3)
///   ShapesClip asked = world.clip_for("a red star moves in a circle", 7);
/// @endcode
class MovingShapes {
 public:
  static constexpr double min_radius = 9.0;   ///< px
  static constexpr double max_radius = 11.0;  ///< px
  static constexpr double max_overlap =
      0.2;  ///< largest share of an object that the other covers, `overlap_share`

  /// @throws value_error unless 0 <= two_object_share <= 1
  explicit MovingShapes(const MovingShapesOptions& options = {})
      : options_(options), triples_(triples_of(options.split)) {
    require<value_error>(options.two_object_share >= 0 && options.two_object_share <= 1,
                         "MovingShapes: two_object_share is {}, expected 0..1", options.two_object_share);
  }

  /// Clip i of the split.
  ShapesClip clip(index_t i) const {
    RandomStream random = stream_of(i, 0);
    return film(draw_triples(random), random);
  }

  /// The caption of clip i, without drawing it.
  std::string caption(index_t i) const {
    RandomStream random = stream_of(i, 0);
    return caption_of(draw_triples(random));
  }

  /// Of the options, which all clips follow from.
  std::string fingerprint(const ProgressHook& = {}) const {
    return formatted_message("moving shapes: seed {}, split {}, two objects {}",
                             std::to_string(options_.seed), static_cast<int>(options_.split),
                             options_.two_object_share);
  }

  /// @{
  /// The i-th clip of a given caption or of what it says. The split is not asked.
  /// @throws value_error when it is not of the small world, has more than two objects or two of one colour
  ShapesClip clip_for(std::string_view caption, index_t i) const {
    return clip_for(parse_caption(caption), i);
  }
  ShapesClip clip_for(std::span<const SpriteTriple> triples, index_t i) const {
    require<value_error>(triples.size() == 1 || triples.size() == 2,
                         "MovingShapes::clip_for: {} objects asked, expected 1 or 2", triples.size());
    require<value_error>(triples.size() == 1 || triples[0].colour != triples[1].colour,
                         "MovingShapes::clip_for: both objects are {}, expected different colours",
                         name_of(triples[0].colour));
    RandomStream random = stream_of(i, 1);
    return film({triples.begin(), triples.end()}, random);
  }
  /// @}

  /// Without end.
  std::optional<index_t> size() const { return std::nullopt; }
  /// 17 frames of 64 x 64 pixels.
  ClipSize clip_size() const { return {17, 64, 64}; }
  /// As they were given.
  const MovingShapesOptions& options() const { return options_; }

 private:
  /// 65,536 numbers for each clip; streams differ by split and by purpose.
  RandomStream stream_of(index_t i, std::uint32_t purpose) const {
    require<value_error>(i >= 0, "MovingShapes: clip number is {}, expected >= 0", i);
    const std::uint32_t stream = 0x53485000U + 4U * static_cast<std::uint32_t>(options_.split) + purpose;
    return RandomStream(RandomAddress{options_.seed, stream, static_cast<std::uint64_t>(i) << 16});
  }

  std::vector<SpriteTriple> draw_triples(RandomStream& random) const {
    const auto draw = [&] {
      return triples_[static_cast<std::size_t>(random.below(static_cast<index_t>(triples_.size())))];
    };
    std::vector<SpriteTriple> triples;
    const bool two = random.uniform() < options_.two_object_share;
    triples.push_back(draw());
    while (two && triples.size() < 2) {
      const SpriteTriple second = draw();
      if (second.colour != triples[0].colour) triples.push_back(second);
    }
    return triples;
  }

  ShapesClip film(const std::vector<SpriteTriple>& triples, RandomStream& random) const {
    ShapesClip clip;
    clip.caption = caption_of(triples);
    clip.size = clip_size();
    std::vector<SceneObject<ShapeSprite>> objects;
    do {
      clip.sprites.clear();
      objects.clear();
      for (const SpriteTriple& triple : triples) {
        const double radius = random.uniform(min_radius, max_radius);
        const SpriteReach reach = ShapeSprite{triple.shape, radius}.reach();
        clip.sprites.push_back({triple, radius, draw_path(triple.motion, reach, clip.size, random)});
        objects.push_back(clip.sprites.back().object());
      }
    } while (objects.size() == 2 &&
             overlap_share(objects[0], objects[1], clip.size.num_frames) > max_overlap);
    clip.frames = draw_scene<ShapeSprite>(objects, clip.size);
    return clip;
  }

  MovingShapesOptions options_;
  std::vector<SpriteTriple> triples_;
};

}  // namespace flashvideo
