// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// What benchmarks/report shows of the figures: the pictures, the names in them, and the tables above them.

#include <string>
#include <utility>
#include <vector>

#include "baselines/figure6/setting.hpp"

namespace flashvideo::baselines::figure6 {

/// One picture: time against a size, the systems in it by the names that stand at their lines.
inline Json picture(const std::string& name, const std::string& title, const std::string& subtitle,
                    const std::string& size, const std::string& x,
                    const std::vector<std::pair<std::string, std::string>>& systems) {
  Json result = Json::object();
  result.set("name", name);
  result.set("title", title);
  result.set("subtitle", subtitle);
  result.set("size", size);
  result.set("x", x);
  result.set("y", "seconds per frame");
  Json lines = Json::object();
  for (const auto& [system, label] : systems) lines.set(system, label);
  result.set("lines", lines);
  return result;
}

/// The pictures of a setting: time against the picture's size for each batch, and against the video's length.
inline Json pictures(const Setting& setting) {
  const std::string common = fmt::format(
      "{} threads, equal numbers of weights (diffusion: fewer); dashed: extrapolated", setting.threads);
  Json result = Json::array();
  for (const index_t batch : setting.batches) {
    std::vector<std::pair<std::string, std::string>> systems{
        {"transformer, no cache", "transformer, no cache"},
        {"transformer, cache by concatenation", "transformer, cache by concatenation"},
        {"transformer, preallocated cache", "transformer, preallocated cache"},
        {"transformer, windowed", "transformer, windowed"},
        {"COMMIT, 12 steps", "MAGVIT (COMMIT, 12 steps)"},
        {"MaskViT, 18 steps", "MaskViT, 18 steps"},
        {"diffusion, 256 steps", "video diffusion, 256 steps"},
        {"ours, recurrent", "ours, recurrent"},
        {"ours, interpolated, inherits 20 %", "ours, interpolated"},
        {"ours, interpolated, inherits 20 %, exact speculation", "ours, interpolated, speculation"}};
    for (auto& system : systems) system.first = fmt::format("clip/{}/batch:{}", system.first, batch);
    result.push_back(picture(fmt::format("pixels_batch{}", batch),
                             batch == 1 ? "Time to make one frame, one clip at a time"
                                        : fmt::format("Time to make one frame, {} clips at once", batch),
                             "Clips of 16 frames (interpolated: 17, inherits 20 %); " + common, "pixels",
                             "width and height of the picture, pixels", systems));
  }
  result.push_back(
      picture("tokens", "Time to make one frame, as the video grows longer",
              fmt::format("Mean over the whole video, 64 x 64 pixels; {}", common), "tokens",
              fmt::format("length of the video, tokens ({} a frame)", tokens_of_frame),
              {{"length/transformer, no cache", "transformer, no cache"},
               {"length/transformer, cache by concatenation", "transformer, cache by concatenation"},
               {"length/transformer, preallocated cache", "transformer, preallocated cache"},
               {"length/transformer, windowed", "transformer, windowed"},
               {"length/COMMIT, 12 steps, clips of 16 frames", "MAGVIT (COMMIT), 16-frame clips"},
               {"length/MaskViT, 18 steps, clips of 16 frames", "MaskViT, 16-frame clips"},
               {"length/diffusion, 256 steps, clips of 16 frames", "video diffusion, 16-frame clips"},
               {"length/COMMIT, 12 steps, one sequence", "MAGVIT (COMMIT), one sequence"},
               {"length/MaskViT, 18 steps, one sequence", "MaskViT, one sequence"},
               {"length/ours, recurrent", "ours, recurrent"}}));
  return result;
}

/// The tables that open the page: one for each picture size, with a pair of columns for each batch.
inline Json comparison() {
  Json result = Json::object();
  result.set("folder", "clip");
  result.set("size", "pixels");
  result.set("columns", "batch");
  result.set("reference", "ours, recurrent");
  return result;
}

}  // namespace flashvideo::baselines::figure6
