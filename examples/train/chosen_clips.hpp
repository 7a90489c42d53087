// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "flashvideo/data/clip_source.hpp"
#include "flashvideo/training/data_order.hpp"
#include "flashvideo/training/token_cache.hpp"

namespace example {

using flashvideo::index_t;

/// Which clips a run learns and which it is measured by.
struct ClipSplit {
  std::vector<index_t> training;
  std::vector<index_t> held_out;
};

/// Holds out a share of the originals, drawn by the seed; what is made of one goes where it goes. At least one stays to
/// be learnt.
/// @param originals of each clip, the one that it is made of: 0 .. n - 1
inline ClipSplit split_clips(const std::vector<index_t>& originals, double share, std::uint64_t seed) {
  const index_t count = *std::max_element(originals.begin(), originals.end()) + 1;
  const auto held = std::min(count - 1, static_cast<index_t>(share * static_cast<double>(count) + 0.5));
  std::vector<bool> is_held(static_cast<std::size_t>(count));
  const flashvideo::DataOrder order(seed, count);
  for (index_t i = 0; i < held; ++i) is_held[static_cast<std::size_t>(order.item(i))] = true;
  ClipSplit split;
  for (std::size_t i = 0; i < originals.size(); ++i) {
    (is_held[static_cast<std::size_t>(originals[i])] ? split.held_out : split.training)
        .push_back(static_cast<index_t>(i));
  }
  return split;
}

/// The first `most` of the numbers whose captions differ; where there are not so many captions, then the first others.
/// @param caption_of called as caption_of(number)
template <typename CaptionOf>
std::vector<index_t> different_clips(const std::vector<index_t>& numbers, std::size_t most,
                                     const CaptionOf& caption_of) {
  std::vector<index_t> different, others;
  std::set<std::string> captions;
  for (const index_t number : numbers) {
    if (different.size() == most) break;
    (captions.insert(caption_of(number)).second ? different : others).push_back(number);
  }
  const std::size_t missing = std::min(most - different.size(), others.size());
  different.insert(different.end(), others.begin(), others.begin() + static_cast<std::ptrdiff_t>(missing));
  return different;
}

/// Some clips of a source as a source.
struct ChosenClips {
  flashvideo::AnyClipSource source;
  std::vector<index_t> numbers;

  index_t number(index_t i) const { return numbers[static_cast<std::size_t>(i)]; }
  flashvideo::Clip clip(index_t i) const { return source.clip(number(i)); }
  std::string caption(index_t i) const { return source.caption(number(i)); }
  std::string fingerprint(const flashvideo::ProgressHook& progress) const {
    return source.fingerprint(progress);
  }
  std::optional<index_t> size() const { return static_cast<index_t>(numbers.size()); }
  flashvideo::ClipSize clip_size() const { return source.clip_size(); }
};

/// Some clips of a cache of tokens.
struct ChosenTokens {
  const flashvideo::TokenCache& cache;
  std::vector<index_t> numbers;

  index_t size() const { return static_cast<index_t>(numbers.size()); }
  flashvideo::TokenClip clip(index_t i) const { return cache.clip(numbers[static_cast<std::size_t>(i)]); }
};

}  // namespace example
