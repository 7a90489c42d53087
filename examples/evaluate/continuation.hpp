// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "flashvideo/core/progress.hpp"
#include "flashvideo/data/moving_shapes.hpp"
#include "flashvideo/data/sprite_path.hpp"
#include "flashvideo/generation/video_generator.hpp"

namespace evaluate {

using flashvideo::index_t;

/// The centre of what is not black in an RGB picture, weighted by brightness, px; nothing for a black one.
inline std::optional<flashvideo::SpritePoint> centre_of(const std::uint8_t* rgb, index_t height,
                                                        index_t width) {
  constexpr int darkest = 60;  // of 255: what is darker is no object
  double sum = 0;
  flashvideo::SpritePoint centre;
  for (index_t y = 0; y < height; ++y) {
    for (index_t x = 0; x < width; ++x) {
      const std::uint8_t* pixel = rgb + (y * width + x) * 3;
      const int light = std::max({pixel[0], pixel[1], pixel[2]});
      if (light < darkest) continue;
      sum += light;
      centre.x += light * (static_cast<double>(x) + 0.5);
      centre.y += light * (static_cast<double>(y) + 0.5);
    }
  }
  if (sum == 0) return std::nullopt;
  return flashvideo::SpritePoint{centre.x / sum, centre.y / sum};
}

/// How far the object of a sampled frame lies from where it truly is.
struct PositionErrors {
  std::vector<double> pixels;
  index_t black = 0;  ///< frames without an object

  std::string line(const char* what) const {
    std::vector<double> sorted = pixels;
    std::sort(sorted.begin(), sorted.end());
    if (sorted.empty()) return fmt::format("{:<28} every frame is black\n", what);
    const auto near = std::lower_bound(sorted.begin(), sorted.end(), 2.0) - sorted.begin();
    return fmt::format(
        "{:<28} median {:5.1f} px, four of five within {:5.1f} px, {:5.1f} % within 2 px, {} black\n", what,
        sorted[sorted.size() / 2], sorted[sorted.size() * 4 / 5],
        100.0 * static_cast<double>(near) / static_cast<double>(sorted.size()), black);
  }
};

/// Whether a model goes on from frames that it is shown: the third key frame after two true ones, and the
/// middle of the gap between two true ones. Unlike the motion of whole clips, which is read or not, these
/// errors fall from the beginning of training on.
struct ContinuationScores {
  PositionErrors key_frame;
  PositionErrors middle;

  std::string report() const {
    return key_frame.line("key frame after two true") + middle.line("middle between two true");
  }
};

/// Clips of one object with held-out combinations, each continued from its true frames 0 and 4.
/// @param stop polled between clips
template <typename Stop>
ContinuationScores score_continuation(const flashvideo::VideoGenerator& model, index_t clips,
                                      const Stop& stop, const flashvideo::ProgressHook& progress = {}) {
  using namespace flashvideo;
  const index_t spacing = model.configuration().key_spacing;
  const MovingShapes world({.seed = 1, .split = WorldSplit::held_out, .two_object_share = 0});
  ContinuationScores scores;
  for (index_t i = 0; i < clips && !stop(); ++i) {
    report(progress, {.label = "continuations", .done = i, .total = clips, .unit = "clips"});
    const ShapesClip clip = world.clip(i);
    const index_t bytes = clip.size.height * clip.size.width * 3;
    const auto true_frame = [&](index_t t) { return clip.frames.data() + t * bytes; };
    const auto picture = [&](index_t t) {
      return Image(clip.size.height, clip.size.width,
                   std::vector<std::uint8_t>(true_frame(t), true_frame(t) + bytes));
    };
    // The last key frame or the middle frame of a short video that begins with the true frames.
    const auto add = [&](index_t key_frames, index_t rounds, index_t shown, index_t t,
                         PositionErrors& errors) {
      VideoRequest request;
      request.sentences = {clip.caption};
      request.first_frames = {picture(0), picture(spacing)};
      request.options.seed = static_cast<std::uint64_t>(i);
      request.options.key_frames = key_frames;
      request.options.rounds = rounds;
      std::optional<SpritePoint> sampled;
      model.generate(request, [&](const GeneratedFrame& frame) {
        if (frame.index == shown)
          sampled = centre_of(frame.image.bytes().data(), clip.size.height, clip.size.width);
      });
      const auto truth = centre_of(true_frame(t), clip.size.height, clip.size.width);
      if (sampled && truth) {
        errors.pixels.push_back(std::hypot(sampled->x - truth->x, sampled->y - truth->y));
      } else {
        ++errors.black;
      }
    };
    add(3, 0, 2, 2 * spacing, scores.key_frame);
    add(2, 1, spacing / 2, spacing / 2, scores.middle);
  }
  return scores;
}

}  // namespace evaluate
