// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "flashvideo/core/random.hpp"
#include "flashvideo/data/small_world.hpp"

namespace flashvideo {

/// Which triples a source draws from: those for training, those that training never sees, or every one.
enum class WorldSplit : std::uint8_t { training, held_out, all };

/// How many of the 144 triples training never sees.
inline constexpr index_t num_held_out_triples = 18;

namespace data_detail {

inline bool share_two_attributes(const SpriteTriple& a, const SpriteTriple& b) {
  return (a.colour == b.colour) + (a.shape == b.shape) + (a.motion == b.motion) >= 2;
}

/// The 144 triples in the order of a fixed hash; one is held out when no triple held out before shares two of
/// its attributes, until there are 18. So each pair of attributes loses at most one of its triples. 503 is
/// the first seed with which each colour and each shape loses three triples, each motion four or five, and "a
/// red star moves in a circle" stays.
inline std::array<bool, num_sprite_triples> choose_held_out() {
  std::vector<std::pair<std::uint32_t, index_t>> order;
  for (index_t i = 0; i < num_sprite_triples; ++i) {
    order.emplace_back(random_bits({503, 0x48454C44U, static_cast<std::uint64_t>(i)}), i);
  }
  std::sort(order.begin(), order.end());
  std::array<bool, num_sprite_triples> held_out{};
  std::vector<SpriteTriple> chosen;
  for (const auto& entry : order) {
    const SpriteTriple triple = sprite_triple(entry.second);
    const bool free = std::none_of(chosen.begin(), chosen.end(), [&](const SpriteTriple& other) {
      return share_two_attributes(triple, other);
    });
    if (!free || static_cast<index_t>(chosen.size()) == num_held_out_triples) continue;
    chosen.push_back(triple);
    held_out[static_cast<std::size_t>(entry.second)] = true;
  }
  return held_out;
}

}  // namespace data_detail

/// Whether training never sees the triple.
inline bool is_held_out(const SpriteTriple& triple) {
  static const std::array<bool, num_sprite_triples> held_out = data_detail::choose_held_out();
  return held_out[static_cast<std::size_t>(triple_number(triple))];
}

/// The triples of a split in the order of their numbers: 126 for training, 18 held out, 144 in all.
inline std::vector<SpriteTriple> triples_of(WorldSplit split) {
  std::vector<SpriteTriple> triples;
  for (index_t i = 0; i < num_sprite_triples; ++i) {
    const SpriteTriple triple = sprite_triple(i);
    if (split == WorldSplit::all || is_held_out(triple) == (split == WorldSplit::held_out)) {
      triples.push_back(triple);
    }
  }
  return triples;
}

}  // namespace flashvideo
