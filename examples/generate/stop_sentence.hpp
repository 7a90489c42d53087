// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/listed.hpp"

namespace example {

/// What a run that was stopped leaves of its videos.
/// @param written frames of each video
/// @param all frames that a whole video has
inline std::string stop_sentence(std::span<const flashvideo::index_t> written, flashvideo::index_t all) {
  const auto whole = std::count(written.begin(), written.end(), all);
  const auto none = std::count(written.begin(), written.end(), 0);
  if (none == static_cast<std::ptrdiff_t>(written.size())) {
    return "stopped before a frame was complete; nothing was written";
  }
  if (written.size() == 1)
    return fmt::format("stopped after {} of {} frames, which were written", written[0], all);
  std::vector<std::string> begun;
  for (std::size_t i = 0; i < written.size(); ++i) {
    if (written[i] > 0 && written[i] < all)
      begun.push_back(fmt::format("{:04} has {} of {} frames", i, written[i], all));
  }
  std::string sentence = fmt::format("stopped: of {} videos whole are {}", written.size(), whole);
  if (!begun.empty()) sentence += ", " + flashvideo::listed(begun, 8, ", ");
  if (none > 0) sentence += fmt::format(", not written {}", none);
  return sentence;
}

}  // namespace example
