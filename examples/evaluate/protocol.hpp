// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "flashvideo/core/random.hpp"
#include "prompts.hpp"

namespace evaluate {

/// What a clip of the protocol is made for.
enum class ClipGroup : std::uint8_t { seen, held_out, two_objects, spread };
inline constexpr std::size_t num_clip_groups = 4;
/// Folder names, in the order of ClipGroup.
inline constexpr std::array<std::string_view, num_clip_groups> clip_group_names{"seen", "held-out", "two",
                                                                                "spread"};

/// How many clips of each kind; the defaults are the full protocol.
struct ProtocolOptions {
  index_t seen_samples = 4;       ///< seeds of each of the 126 triples that training sees
  index_t held_out_samples = 16;  ///< seeds of each of the 18 others
  index_t two_object = 300;       ///< prompts of two objects, one seed each
  index_t spread_seeds = 32;      ///< seeds of the one prompt whose spread is measured
  std::string spread_prompt = "a red star moves in a circle";
  std::uint64_t seed = 0;  ///< of each prompt's first sample; the others follow
};

/// One clip to make: sample s of prompt p of its group has number p * samples + s and seed `seed` + s.
struct ProtocolClip {
  ClipGroup group = ClipGroup::seen;
  index_t number = 0;
  std::string prompt;
  std::uint64_t seed = 0;
};

/// The prompts of one group, in the order of their numbers, and how many samples each has.
struct ProtocolGroup {
  std::vector<std::string> prompts;
  index_t samples = 0;

  index_t clips() const { return static_cast<index_t>(prompts.size()) * samples; }
};

inline ProtocolGroup protocol_group(const ProtocolOptions& settings, ClipGroup group) {
  using flashvideo::WorldSplit;
  switch (group) {
    case ClipGroup::seen:
      return {one_object_prompts(WorldSplit::training), settings.seen_samples};
    case ClipGroup::held_out:
      return {one_object_prompts(WorldSplit::held_out), settings.held_out_samples};
    case ClipGroup::two_objects:
      return {two_object_prompts(settings.two_object), 1};
    default:
      return {{settings.spread_prompt}, settings.spread_seeds};
  }
}

/// All clips, in an order of which every beginning is a fair sample: groups take turns in proportion to their
/// sizes; within a group first samples come first, prompts in a fixed random order.
inline std::vector<ProtocolClip> protocol_clips(const ProtocolOptions& settings) {
  std::vector<std::pair<double, ProtocolClip>> turns;
  for (std::size_t g = 0; g < num_clip_groups; ++g) {
    const auto group = static_cast<ClipGroup>(g);
    const ProtocolGroup all = protocol_group(settings, group);
    std::vector<std::tuple<index_t, std::uint32_t, index_t>> order;  // sample, random number, prompt
    for (index_t p = 0; p < static_cast<index_t>(all.prompts.size()); ++p) {
      const auto shuffled = flashvideo::random_bits({0, 0x4556414CU, static_cast<std::uint64_t>(p)},
                                                    static_cast<std::uint32_t>(g));
      for (index_t s = 0; s < all.samples; ++s) order.emplace_back(s, shuffled, p);
    }
    std::sort(order.begin(), order.end());
    for (std::size_t i = 0; i < order.size(); ++i) {
      const auto [sample, unused, prompt] = order[i];
      (void)unused;
      turns.push_back({(static_cast<double>(i) + 0.5) / static_cast<double>(order.size()),
                       {group, prompt * all.samples + sample, all.prompts[static_cast<std::size_t>(prompt)],
                        settings.seed + static_cast<std::uint64_t>(sample)}});
    }
  }
  std::stable_sort(turns.begin(), turns.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<ProtocolClip> clips;
  for (auto& turn : turns) clips.push_back(std::move(turn.second));
  return clips;
}

}  // namespace evaluate
