// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>
#include <string>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/data/moving_shapes.hpp"
#include "flashvideo/io/text_file.hpp"

namespace evaluate {

using flashvideo::index_t;

/// One prompt per triple of a split: 126 that training sees, 18 held out.
inline std::vector<std::string> one_object_prompts(flashvideo::WorldSplit split) {
  std::vector<std::string> prompts;
  for (const flashvideo::SpriteTriple& triple : flashvideo::triples_of(split)) {
    prompts.push_back(flashvideo::caption_of({&triple, 1}));
  }
  return prompts;
}

/// Captions of two objects as training draws them.
inline std::vector<std::string> two_object_prompts(index_t count) {
  const flashvideo::MovingShapes world({.seed = 300, .two_object_share = 1.0});
  std::vector<std::string> prompts;
  for (index_t i = 0; i < count; ++i) prompts.push_back(world.caption(i));
  return prompts;
}

/// The non-empty lines of a file; throws io_error when it cannot be opened, format_error naming the line that
/// is no caption of the small world.
inline std::vector<std::string> read_prompts(const std::string& path) {
  std::vector<std::string> prompts;
  for (const auto& [number, line] : flashvideo::read_text_lines(path)) {
    if (line.empty()) continue;
    try {
      (void)flashvideo::parse_caption(line);
    } catch (const flashvideo::value_error& error) {
      throw flashvideo::format_error(fmt::format("{}: line {}: {}", path, number, error.what()));
    }
    prompts.push_back(line);
  }
  flashvideo::require<flashvideo::format_error>(!prompts.empty(), "{}: holds no prompt", path);
  return prompts;
}

}  // namespace evaluate
