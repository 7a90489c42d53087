// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace flashvideo {

/// The first `most` of several texts in one, and how many there are beyond: "a; b; c; and 4 more". For
/// messages that name everything that is wrong at once without growing with it.
inline std::string listed(const std::vector<std::string>& texts, std::size_t most = 5,
                          std::string_view separator = "; ") {
  std::string all;
  for (std::size_t i = 0; i < texts.size() && i < most; ++i) {
    if (i > 0) all += separator;
    all += texts[i];
  }
  if (texts.size() > most) {
    all += separator;
    all += "and " + std::to_string(texts.size() - most) + " more";
  }
  return all;
}

}  // namespace flashvideo
