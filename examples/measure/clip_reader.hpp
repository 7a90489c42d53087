// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/data/caption_list.hpp"
#include "flashvideo/io/ffmpeg.hpp"
#include "flashvideo/io/folder_listing.hpp"
#include "flashvideo/metrics/protocol.hpp"

namespace example {

using flashvideo::index_t;
using Bytes = std::vector<std::uint8_t>;

/// The videos of a folder in the order in which people count: video files, and folders of pictures.
/// @throws flashvideo::io_error, flashvideo::format_error when there is none
inline std::vector<std::string> videos_of_folder(const std::string& folder) {
  std::vector<std::string> paths;
  for (const std::filesystem::path& path : flashvideo::list_folder(folder)) {
    if (std::filesystem::is_directory(path) || flashvideo::is_video_name(path))
      paths.push_back(path.string());
  }
  flashvideo::require<flashvideo::format_error>(
      !paths.empty(), "{}: holds no videos, expected video files or folders of pictures", folder);
  return paths;
}

/// Reads a video's frames at a protocol's size.
class ClipReader {
 public:
  /// @param fits whether videos of another size are resized by the protocol's rule; else they are refused
  ClipReader(const flashvideo::MetricProtocol& protocol, bool fits) : protocol_(protocol), fits_(fits) {}

  /// The first clip: RGB bytes (frames, height, width, 3).
  /// @throws flashvideo::format_error for a video that is too short or of another size
  Bytes first_clip(const std::string& path) const {
    return std::move(read(path, protocol_.frames, {flashvideo::CropPlace{}}).front());
  }

  /// The clips of a real video, as the protocol chooses them. @param number of the video, for drawing
  std::vector<Bytes> real_clips(const std::string& path, std::uint64_t seed, std::uint64_t number) const {
    const flashvideo::ClipWindows windows = protocol_.real_windows(seed);
    const bool is_first = windows.choice == flashvideo::ClipChoice::first;
    const auto clip_bytes = frame_bytes() * static_cast<std::size_t>(protocol_.frames);
    std::vector<Bytes> clips;
    std::vector<flashvideo::CropPlace> places;
    for (index_t crop = 0; crop < windows.crops; ++crop) places.push_back(windows.crop(crop));
    const std::vector<Bytes> crops = read(path, is_first ? protocol_.frames : 0, places);
    const index_t frames = static_cast<index_t>(crops.front().size() / frame_bytes());
    for (index_t c = 0; c < windows.count(frames); ++c) {
      const Bytes& all = crops[static_cast<std::size_t>(c % windows.crops)];
      const auto first = static_cast<std::size_t>(windows.first_frame(frames, number, c));
      const auto begin = all.begin() + static_cast<std::ptrdiff_t>(first * frame_bytes());
      clips.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(clip_bytes));
    }
    return clips;
  }

  std::size_t frame_bytes() const { return static_cast<std::size_t>(protocol_.height * protocol_.width * 3); }

 private:
  /// @param most frames; 0: all
  /// @return the frames for each place; of a video of the protocol's size all are the same
  std::vector<Bytes> read(const std::string& path, index_t most,
                          const std::vector<flashvideo::CropPlace>& places) const {
    const auto source = flashvideo::open_video_source(path);
    const index_t height = source->height(), width = source->width();
    const bool same = height == protocol_.height && width == protocol_.width;
    flashvideo::require<flashvideo::format_error>(
        same || fits_,
        "{}: is {} x {} pixels (width x height), the protocol compares {} x {}; --fit resizes by its rule",
        path, width, height, protocol_.width, protocol_.height);
    std::vector<Bytes> crops(places.size());
    index_t frames = 0;
    for (flashvideo::VideoFrame frame; (most == 0 || frames < most) && source->next_frame(frame); ++frames) {
      for (std::size_t i = 0; i < places.size(); ++i) {
        if (same) {
          crops[i].insert(crops[i].end(), frame.image.bytes().begin(), frame.image.bytes().end());
        } else {
          flashvideo::append_fitted(frame.image.bytes(), height, width, protocol_.fit, protocol_.height,
                                    protocol_.width, crops[i], places[i]);
        }
      }
    }
    flashvideo::require<flashvideo::format_error>(frames >= protocol_.frames,
                                                  "{}: has {} frames, a clip of this protocol needs {}", path,
                                                  frames, protocol_.frames);
    return crops;
  }

  flashvideo::MetricProtocol protocol_;
  bool fits_;
};

}  // namespace example
