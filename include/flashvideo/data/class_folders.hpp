// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// Needs the component Video; the umbrella does not include it.

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "flashvideo/core/progress.hpp"
#include "flashvideo/data/labelled_videos.hpp"
#include "flashvideo/data/video_tree.hpp"

namespace flashvideo {

/// A folder of clips, each a video file or a folder of pictures: DIR/clip of no class, DIR/Class/.../clip of the
/// class that the first folder names. Classes are numbered by the bytes of their names.
/// @throws io_error for a folder that cannot be read
/// @throws format_error when none can be used, and as `LabelledVideos`
/// @code ClassFolders clips("frames", {.size = {16, 64, 64}}); @endcode
class ClassFolders : public LabelledVideos {
 public:
  /// @param folder holds clips or folders of clips
  explicit ClassFolders(const std::string& folder, const LabelledVideosOptions& options = {},
                        const ProgressHook& progress = {})
      : LabelledVideos(folder, labelled(folder), options, {}, progress) {}

 private:
  static std::vector<LabelledVideo> labelled(const std::string& folder) {
    std::vector<LabelledVideo> videos;
    std::map<std::string, index_t> ids;
    for (const std::filesystem::path& path : videos_below(folder)) {
      const std::filesystem::path inner = path.lexically_relative(folder);
      const std::string name = inner.has_parent_path() ? inner.begin()->string() : "";
      if (!name.empty()) ids.emplace(name, 0);
      videos.push_back({path.string(), -1, name, path.string()});
    }
    index_t next = 0;
    for (auto& [name, id] : ids) id = next++;
    for (LabelledVideo& video : videos) {
      if (!video.class_name.empty()) video.class_id = ids.at(video.class_name);
    }
    return videos;
  }
};

}  // namespace flashvideo
