// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "flashvideo/io/ffmpeg.hpp"
#include "flashvideo/io/image.hpp"

namespace example {

using flashvideo::index_t;

/// Every `spacing`-th frame of a video, a picture or a folder of pictures, at most `count`, cropped and
/// resized as training does (`resize_to_fill`); no more of the file is read. A picture made larger by
/// `--scale` comes back as it was.
inline std::vector<flashvideo::Image> read_first_frames(const std::string& path, index_t spacing,
                                                        index_t count, index_t height, index_t width) {
  std::vector<flashvideo::Image> frames;
  const auto source = flashvideo::open_video_source(path);
  flashvideo::VideoFrame frame;
  for (index_t i = 0; static_cast<index_t>(frames.size()) < count; ++i) {
    const bool wanted = i % spacing == 0;
    if (!(wanted ? source->next_frame(frame) : source->skip_frame(frame))) break;
    if (wanted) frames.push_back(flashvideo::resize_to_fill(frame.image, height, width));
  }
  return frames;
}

}  // namespace example
