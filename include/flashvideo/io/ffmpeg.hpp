// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>

#include "flashvideo/core/error.hpp"
#include "flashvideo/io/ffmpeg_gif.hpp"
#include "flashvideo/io/ffmpeg_mp4.hpp"
#include "flashvideo/io/ffmpeg_png.hpp"
#include "flashvideo/io/ffmpeg_source.hpp"
#include "flashvideo/io/folder_listing.hpp"
#include "flashvideo/io/picture_folder_source.hpp"
#include "flashvideo/io/png_folder_sink.hpp"
#include "flashvideo/io/video.hpp"
#include "flashvideo/io/y4m.hpp"

namespace flashvideo {

/// Whether an output of this path is a folder: one that is there, one with a final '/' or without an ending.
inline bool names_folder(const std::string& path) {
  std::error_code ignored;
  return lower_case_extension(path).empty() || std::filesystem::is_directory(path, ignored);
}

/// The sink that a path's ending asks for: .mp4, .gif, .y4m, .png (a contact sheet), or a folder of PNG files
/// (an existing folder whatever its name, a final '/', or no ending); "-" is Y4M to standard output. The
/// output is created at once, so that a path which cannot be written is refused before any work. Component
/// Video.
/// @throws value_error for another ending
/// @throws io_error when the path cannot be written
/// @code
/// auto sink = open_video_sink("star.mp4", {.fps = 8, .scale = 4});
/// sink->write(frame);
/// sink->finish();
/// @endcode
inline std::unique_ptr<VideoSink> open_video_sink(const std::string& path, VideoSinkOptions settings = {}) {
  if (path == "-") return std::make_unique<Y4mSink>(path, settings);
  const std::string extension = lower_case_extension(path);
  if (names_folder(path)) {
    return std::make_unique<PngFolderSink>(path, settings);
  }
  if (extension == ".mp4") return std::make_unique<Mp4Sink>(path, settings);
  if (extension == ".gif") return std::make_unique<GifSink>(path, settings);
  if (extension == ".y4m") return std::make_unique<Y4mSink>(path, settings);
  if (extension == ".png") return std::make_unique<ContactSheetSink>(path, settings);
  throw value_error(
      fmt::format("open_video_sink: {} ends in {}, expected .mp4, .gif, .y4m, .png (contact sheet) or a "
                  "folder (a new one "
                  "whose name has a point ends in /)",
                  path, extension));
}

/// The source that suits a path: a folder of pictures (`PictureFolderSource`), our own reader for .y4m,
/// FFmpeg for everything else. Component Video.
/// @throws io_error when it cannot be opened
/// @throws format_error when it is no video
/// @code
/// auto source = open_video_source("clip.mp4");
/// for (VideoFrame frame; source->next_frame(frame);) use(frame.image);
/// @endcode
inline std::unique_ptr<VideoSource> open_video_source(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return std::make_unique<PictureFolderSource>(path);
  if (lower_case_extension(path) == ".y4m") return std::make_unique<Y4mSource>(path);
  return std::make_unique<FfmpegSource>(path);
}

}  // namespace flashvideo
