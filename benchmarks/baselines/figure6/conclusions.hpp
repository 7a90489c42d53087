// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// What follows from the figures: growth, where the preallocated cache is overtaken, where a peer wins.

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "baselines/figure6/setting.hpp"

namespace flashvideo::baselines::figure6 {

/// Seconds per frame of sequences of 256, 512, .. tokens.
inline void add_lengths(const Setting& setting, const std::vector<System>& systems, Figures& figures) {
  figures.note(
      "Times against tokens are seconds per frame of the whole sequence: where they grow with tokens^p, the "
      "sequence takes tokens^(1 + p).");
  for (const System& system : systems) {
    for (index_t n = 256; n <= setting.longest; n *= 2) {
      const auto length = static_cast<double>(n);
      const double frames = length / static_cast<double>(tokens_of_frame);
      figures.add(fmt::format("length/{}/tokens:{}", system.name, n), system.seconds(length) / frames,
                  {{"extrapolated", system.extrapolated(length) ? 1 : 0}});
    }
  }
}

inline const System& named(const std::vector<System>& systems, const std::string& name) {
  const auto found =
      std::find_if(systems.begin(), systems.end(), [&](const System& system) { return system.name == name; });
  require<value_error>(found != systems.end(), "figure6: no system is named {}", name);
  return *found;
}

/// The shortest sequence from which on ours is faster in all than the preallocated cache.
inline void note_overtaking(const Setting& setting, const std::vector<System>& systems, Figures& figures) {
  const System& ours = named(systems, "ours, recurrent");
  const System& cache = named(systems, "transformer, preallocated cache");
  index_t from = 0;
  for (index_t n = setting.longest / 64 * 64; n >= 64; n -= 64) {
    const auto length = static_cast<double>(n);
    if (ours.seconds(length) > cache.seconds(length)) break;
    from = n;
  }
  const auto longest = static_cast<double>(setting.longest);
  if (from == 0) {
    figures.note(
        fmt::format("Ours, recurrent, does not overtake the preallocated cache up to {} tokens ({:.2f} "
                    "times its time there).",
                    setting.longest, ours.seconds(longest) / cache.seconds(longest)));
  } else {
    figures.note(fmt::format(
        "Ours, recurrent, overtakes the preallocated cache {}; at {} tokens the cache takes {:.2f} times as "
        "long.",
        from == 64 ? std::string("from the first 64 tokens on") : fmt::format("at {} tokens", from),
        setting.longest, cache.seconds(longest) / ours.seconds(longest)));
  }
}

/// Every clip at which a peer is faster than our fastest, and than the recurrent form.
inline void note_peers_that_win(const Setting& setting, Figures& figures) {
  std::vector<std::string> sentences;
  for (const index_t batch : setting.batches) {
    for (const index_t pixels : setting.pixels) {
      double fastest = 1e300, recurrent = 1e300;
      for (const auto& clip : figures.clips()) {
        if (clip.batch != batch || clip.pixels != pixels || !clip.system.starts_with("ours")) continue;
        fastest = std::min(fastest, clip.seconds);
        if (clip.system == "ours, recurrent") recurrent = clip.seconds;
      }
      for (const auto& clip : figures.clips()) {
        if (clip.batch != batch || clip.pixels != pixels || clip.system.starts_with("ours")) continue;
        if (clip.seconds >= recurrent && clip.seconds >= fastest) continue;
        sentences.push_back(fmt::format(
            "A peer wins at batch {}, {} pixels: \"{}\" takes {:.3g} of the time of ours, recurrent, and "
            "{:.3g} of our fastest row's.",
            batch, pixels, clip.system, clip.seconds / recurrent, clip.seconds / fastest));
      }
    }
  }
  for (std::string& sentence : sentences) figures.note(std::move(sentence));
  if (sentences.empty()) figures.note("No peer is faster than any of our rows at a clip of these sizes.");
}

}  // namespace flashvideo::baselines::figure6
