// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "flashvideo/core/progress.hpp"
#include "flashvideo/data/moving_shapes.hpp"
#include "model_scores.hpp"
#include "picture_metrics.hpp"

namespace evaluate {

/// How well an image tokenizer keeps the pictures of clips that training never saw.
struct PictureScores {
  PictureMetrics metrics;
  double stability_next = 0;  ///< share of tokens equal one frame later, mean over clips
  double stability_key = 0;   ///< four frames later, as key frames stand
  index_t clips = 0;
  index_t frames = 0;

  std::vector<Goal> goals() const {
    return {
        {"PSNR of all held-out frames", metrics.psnr(), 29, true, " dB"},
        {"PSNR of the truly non-black 8 x 8 patches", metrics.object_psnr(), 22.5, true, " dB"},
        {"still black pixels that change by at most 8/255", 100 * metrics.calm_share(), 99.9, true, " %"}};
  }
  std::string report() const {
    std::string text = fmt::format("{} held-out clips, {} frames\n", clips, frames);
    text += fmt::format("token stability: {:.2f} % equal one frame later, {:.2f} % four frames later\n",
                        100 * stability_next, 100 * stability_key);
    text += fmt::format("flicker: measured on {} pixels\n== goals ==\n", metrics.quiet_pixels());
    for (const Goal& goal : goals()) text += goal.line();
    return text;
  }
};

/// Sends held-out clips, with one object and with two, through an image tokenizer and back.
/// @tparam Tokenizer a `VqVaeTokenizer` of the world's size
/// @param stop polled between clips
template <typename Tokenizer, typename Stop>
PictureScores score_pictures(const Tokenizer& tokenizer, index_t clips, const Stop& stop,
                             const flashvideo::ProgressHook& progress = {}) {
  const flashvideo::MovingShapes world({.seed = 1, .split = flashvideo::WorldSplit::held_out});
  PictureScores scores;
  for (index_t i = 0; i < clips && !stop(); ++i) {
    flashvideo::report(progress, {.label = "pictures", .done = i, .total = clips, .unit = "clips"});
    const flashvideo::ShapesClip clip = world.clip(i);
    const std::vector<flashvideo::token_t> tokens = tokenizer.encode_bytes(clip.frames);
    scores.metrics.add(clip.frames.data(), tokenizer.decode_bytes(tokens).data(), clip.size);
    scores.stability_next += token_stability(tokens, tokenizer.tokens_per_image(), 1);
    scores.stability_key += token_stability(tokens, tokenizer.tokens_per_image(), 4);
    ++scores.clips;
    scores.frames += clip.size.num_frames;
  }
  if (scores.clips > 0) {
    scores.stability_next /= static_cast<double>(scores.clips);
    scores.stability_key /= static_cast<double>(scores.clips);
  }
  return scores;
}

}  // namespace evaluate
