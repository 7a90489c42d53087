// SPDX-License-Identifier: MIT
#pragma once
/// Clips whose frames say which they are, as files of the kinds that data sets hold, and the trees of such sets.

#include <filesystem>
#include <numeric>
#include <string>
#include <vector>

#include "flashvideo/data/clip_source.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_media.hpp"

namespace flashvideo::test {

/// MPEG-4 in AVI or MP4, 25 frames/s: frame t has the luma `first` + 2 t.
inline void write_grey_clip(const std::string& path, index_t frames, int first, int width = 32,
                            int height = 24) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::vector<std::int64_t> times(static_cast<std::size_t>(frames));
  std::iota(times.begin(), times.end(), 0);
  const std::string format = path.ends_with(".avi") ? "avi" : "mp4";
  write_media(path, {format, "mpeg4", AV_PIX_FMT_YUV420P, height, width, {25, 1}, {0, 1}, times},
              [&](AVFrame& frame, index_t t) { fill_grey(frame, first + 2 * static_cast<int>(t)); });
}

/// The lumas of a clip's frames, from the middle pixel.
inline std::vector<int> lumas(const Clip& clip) {
  std::vector<int> values;
  for (index_t t = 0; t < clip.size.num_frames; ++t) {
    const int value = clip.frame(t)[(clip.size.height / 2 * clip.size.width + clip.size.width / 2) * 3];
    values.push_back(16 + (value * 219 + 127) / 255);
  }
  return values;
}

}  // namespace flashvideo::test
