// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// Needs the component Video.

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "flashvideo/data/caption_list.hpp"
#include "flashvideo/io/fingerprint.hpp"
#include "flashvideo/io/folder_listing.hpp"
#include "flashvideo/io/picture_folder_source.hpp"

namespace flashvideo {

namespace data_detail {

inline void add_videos_below(const std::string& folder, std::vector<std::filesystem::path>& videos) {
  for (const std::filesystem::path& path : list_folder(folder)) {
    if (!std::filesystem::is_directory(path)) {
      if (is_video_name(path)) videos.push_back(path);
      continue;
    }
    bool holds_pictures = false;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
      holds_pictures = !is_system_file(entry.path().filename().string()) &&
                       !PictureFolderSource::picture_kind(entry.path()).empty();
      if (holds_pictures) break;
    }
    if (holds_pictures) {
      videos.push_back(path);
    } else {
      add_videos_below(path.string(), videos);
    }
  }
}

/// Of videos in turn, each with its `first_clip`, the number of the one that clip i is of.
template <typename Videos>
index_t video_of_clip(const Videos& videos, index_t i) {
  const auto after = std::upper_bound(videos.begin(), videos.end(), i, [](index_t number, const auto& video) {
    return number < video.first_clip;
  });
  return after - videos.begin() - 1;
}

/// Takes in a video's bytes: of a file, or of all files of a folder of pictures.
inline void add_video(Fingerprint& print, const std::string& path) {
  if (!std::filesystem::is_directory(path)) return print.add_file(path);
  for (const std::filesystem::path& picture : list_folder(path)) {
    if (std::filesystem::is_regular_file(picture)) print.add_file(picture.string());
  }
}

}  // namespace data_detail

/// All videos below a folder at any depth, each folder in the order in which people count: video files, and folders
/// that hold pictures.
/// @throws io_error when a folder cannot be read
inline std::vector<std::filesystem::path> videos_below(const std::string& folder) {
  require<io_error>(std::filesystem::is_directory(folder), "cannot open {}: not a folder", folder);
  std::vector<std::filesystem::path> videos;
  data_detail::add_videos_below(folder, videos);
  return videos;
}

/// A video's name without its ending; a folder's whole name.
inline std::string video_stem(const std::filesystem::path& video) {
  return is_video_name(video) ? video.stem().string() : video.filename().string();
}

}  // namespace flashvideo
