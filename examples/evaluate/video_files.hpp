// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/data/caption_list.hpp"
#include "flashvideo/data/clip_source.hpp"
#include "flashvideo/io/ffmpeg.hpp"
#include "flashvideo/io/folder_listing.hpp"

namespace evaluate {

using flashvideo::index_t;

/// Every frame of a video file, or of a folder of pictures.
inline flashvideo::Clip read_video(const std::string& path) {
  const auto source = flashvideo::open_video_source(path);
  flashvideo::Clip clip;
  for (flashvideo::VideoFrame frame; source->next_frame(frame);) {
    clip.frames.insert(clip.frames.end(), frame.image.bytes().begin(), frame.image.bytes().end());
    clip.size.height = frame.image.height();
    clip.size.width = frame.image.width();
    ++clip.size.num_frames;
  }
  flashvideo::require<flashvideo::format_error>(clip.size.num_frames > 0, "{}: the video has no frames",
                                                path);
  return clip;
}

/// The files 0000.*, 0001.*, ... of a folder (videos, or folders of pictures), in order and without gaps.
/// Throws io_error when the folder cannot be read, format_error for a missing or a second file of a number.
inline std::vector<std::string> numbered_videos(const std::string& folder, index_t count) {
  flashvideo::require<flashvideo::io_error>(std::filesystem::is_directory(folder),
                                            "cannot open {}: not a folder", folder);
  std::vector<std::string> paths(static_cast<std::size_t>(count));
  for (const std::filesystem::path& entry : flashvideo::list_folder(folder)) {
    const std::string stem = entry.stem().string();
    if (!flashvideo::is_video_name(entry) && !std::filesystem::is_directory(entry)) continue;
    const bool number = !stem.empty() && stem.size() <= 9 &&
                        std::all_of(stem.begin(), stem.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!number || std::stoll(stem) >= count) continue;
    std::string& path = paths[static_cast<std::size_t>(std::stoll(stem))];
    flashvideo::require<flashvideo::format_error>(path.empty(), "{}: number {} stands for {} and {}", folder,
                                                  stem, path, entry.string());
    path = entry.string();
  }
  for (std::size_t i = 0; i < paths.size(); ++i) {
    flashvideo::require<flashvideo::format_error>(!paths[i].empty(),
                                                  "{}: has no video {}, expected {} of them", folder,
                                                  fmt::format("{:04}", i), count);
  }
  return paths;
}

}  // namespace evaluate
