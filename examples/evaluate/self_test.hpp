// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "flashvideo/core/progress.hpp"
#include "flashvideo/core/random.hpp"
#include "flashvideo/data/moving_shapes.hpp"
#include "tally.hpp"

namespace evaluate {

/// How well the reader itself reads: on true clips, and on clips that it must not take for right.
struct SelfTest {
  Tally truth;
  index_t clips = 0;
  index_t swapped_found = 0;   ///< true clips, one attribute of the caption exchanged, not called right
  index_t frozen_found = 0;    ///< one frame repeated
  index_t shuffled_found = 0;  ///< frames in a random order
  index_t noise_found = 0;     ///< uniformly random bytes

  static constexpr double goal = 0.99;

  double share(index_t found) const { return static_cast<double>(found) / static_cast<double>(clips); }
  bool passed() const {
    const double least_read =
        std::min({truth.colour().accuracy(), truth.shape().accuracy(), truth.motion().accuracy()});
    const index_t least_found = std::min({swapped_found, frozen_found, shuffled_found, noise_found});
    return clips > 0 && least_read >= goal && share(least_found) >= goal;
  }
  std::string report() const {
    std::string text = truth.report() + '\n';
    const auto line = [&](const char* what, index_t found) {
      text += fmt::format("{:<34} called wrong or unreadable: {:6.2f} % of {}\n", what, 100.0 * share(found),
                          clips);
    };
    line("one attribute swapped", swapped_found);
    line("frozen", frozen_found);
    line("frames shuffled", shuffled_found);
    line("noise", noise_found);
    return text;
  }
};

namespace detail {

/// The triples with one attribute of one object changed to another value; colours stay different.
inline std::vector<SpriteTriple> swap_one_attribute(std::vector<SpriteTriple> triples,
                                                    flashvideo::RandomStream& random) {
  SpriteTriple& object =
      triples[static_cast<std::size_t>(random.below(static_cast<index_t>(triples.size())))];
  const SpriteTriple before = object;
  const index_t attribute = random.below(3);
  const auto same_colours = [&] { return triples.size() == 2 && triples[0].colour == triples[1].colour; };
  while (object == before || same_colours()) {
    if (attribute == 0)
      object.colour = static_cast<SpriteColour>(random.below(flashvideo::num_sprite_colours));
    if (attribute == 1) object.shape = static_cast<SpriteShape>(random.below(flashvideo::num_sprite_shapes));
    if (attribute == 2)
      object.motion = static_cast<SpriteMotion>(random.below(flashvideo::num_sprite_motions));
  }
  return triples;
}

/// Frame t of the result is frame order[t] of the clip.
inline std::vector<std::uint8_t> reordered(const flashvideo::Clip& clip, const std::vector<index_t>& order) {
  std::vector<std::uint8_t> frames;
  const index_t frame_bytes = clip.size.height * clip.size.width * 3;
  for (const index_t t : order) frames.insert(frames.end(), clip.frame(t), clip.frame(t) + frame_bytes);
  return frames;
}

}  // namespace detail

/// Runs the reader on `count` true clips of the whole world, half of them with two objects, and on their
/// spoilt forms.
inline SelfTest run_self_test(index_t count, std::uint64_t seed = 1,
                              const flashvideo::ProgressHook& progress = {}) {
  const flashvideo::MovingShapes world({.seed = seed, .split = flashvideo::WorldSplit::all});
  flashvideo::RandomStream random(seed, 0x53544553U);
  SelfTest test;
  for (index_t i = 0; i < count; ++i) {
    flashvideo::report(progress, {.label = "self-test", .done = i, .total = count, .unit = "clips"});
    const flashvideo::ShapesClip clip = world.clip(i);
    const std::vector<SpriteTriple> asked = flashvideo::parse_caption(clip.caption);
    const auto objects = read_objects(clip.frames.data(), clip.size);
    test.truth.add(judge(objects, asked));
    test.swapped_found += !judge(objects, detail::swap_one_attribute(asked, random)).all_right();

    const auto found = [&](const std::vector<std::uint8_t>& frames) {
      return !judge(read_objects(frames.data(), clip.size), asked).all_right();
    };
    std::vector<index_t> order(static_cast<std::size_t>(clip.size.num_frames));
    std::fill(order.begin(), order.end(), random.below(clip.size.num_frames));
    test.frozen_found += found(detail::reordered(clip, order));
    for (std::size_t t = 0; t < order.size(); ++t) {
      order[t] = static_cast<index_t>(t);
      std::swap(order[t], order[static_cast<std::size_t>(random.below(static_cast<index_t>(t) + 1))]);
    }
    test.shuffled_found += found(detail::reordered(clip, order));
    std::vector<std::uint8_t> noise(clip.frames.size());
    for (std::uint8_t& byte : noise) byte = static_cast<std::uint8_t>(random.below(256));
    test.noise_found += found(noise);
    ++test.clips;
  }
  return test;
}

}  // namespace evaluate
