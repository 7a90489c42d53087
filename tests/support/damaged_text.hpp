// SPDX-License-Identifier: MIT
#pragma once
/// Damaged forms of a valid file, by a fixed sequence of random edits.

#include <algorithm>
#include <random>
#include <string>

#include "flashvideo/core/error.hpp"

namespace flashvideo::test {

/// One to four edits: a byte changed, a piece cut, repeated or replaced by digits, the end cut.
inline std::string damaged(std::string text, std::mt19937& random, std::size_t where) {
  const auto below = [&](std::size_t n) {
    return static_cast<std::size_t>(random()) % std::max<std::size_t>(n, 1);
  };
  for (std::size_t edits = 1 + below(4); edits > 0 && !text.empty(); --edits) {
    const std::size_t at = below(std::min(text.size(), where));
    const std::size_t length = below(std::min<std::size_t>(text.size() - at, 16)) + 1;
    switch (below(6)) {
      case 0:
        text[at] = static_cast<char>(below(256));
        break;
      case 1:
        text[at] = "{}[]\",:0129-eE.\\u \n"[below(19)];
        break;
      case 2:
        text.erase(at, length);
        break;
      case 3:
        text.insert(at, text.substr(at, length));
        break;
      case 4:
        text.replace(at, 1, std::to_string(random()));
        break;
      default:
        text.resize(at);
        break;
    }
  }
  return text;
}

/// Feeds `count` damaged forms of `valid` to `read`; returns how many were read without an error.
template <typename Read>
int survivors(const std::string& valid, int count, std::size_t where, Read&& read) {
  std::mt19937 random(2401'00869);
  int read_through = 0;
  for (int i = 0; i < count; ++i) {
    const std::string text = damaged(valid, random, where);
    try {
      read(text);
      ++read_through;
    } catch (const flashvideo::error&) {
    }
  }
  return read_through;
}

}  // namespace flashvideo::test
