// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// Needs the component Video.

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/io/ffmpeg_source.hpp"
#include "flashvideo/io/folder_listing.hpp"
#include "flashvideo/io/image.hpp"
#include "flashvideo/io/video.hpp"

namespace flashvideo {

/// Reads the pictures of a folder as one video, in the order in which people count (`natural_less`):
/// frame1.png before frame10.png. Pictures are .png, .jpg or .jpeg, .bmp, .webp, .tif or .tiff files, in
/// letters of either case; other files and folders are passed over. A folder knows no frame rate: the caller
/// gives it.
/// @throws format_error where a picture is damaged or has another size than the first
class PictureFolderSource final : public VideoSource {
 public:
  /// @throws io_error when the folder cannot be read
  /// @throws format_error without pictures, or with pictures of more than one kind (one of them would come
  /// unasked into the video)
  explicit PictureFolderSource(const std::string& folder, double fps = 8.0) : fps_(fps) {
    std::string first_kind;
    for (const std::filesystem::path& path : list_folder(folder)) {
      const std::string kind = picture_kind(path);
      std::error_code ignored;
      if (kind.empty() || !std::filesystem::is_regular_file(path, ignored)) continue;
      if (paths_.empty()) first_kind = kind;
      paths_.push_back(path.string());
      require<format_error>(kind == first_kind, "{} and {}: pictures of two kinds, expected one in a folder",
                            paths_.front(), paths_.back());
    }
    require<format_error>(!paths_.empty(),
                          "{}: the folder has no pictures (.png, .jpg, .bmp, .webp or .tif files)", folder);
    first_ = read_image(paths_.front());
  }

  bool next_frame(VideoFrame& frame) override {
    if (next_ == paths_.size()) return false;
    frame.image = read_image(paths_[next_]);
    require<format_error>(frame.image.same_extents(first_),
                          "{}: the picture is {} x {} pixels, the first one {} x {}", paths_[next_],
                          frame.image.width(), frame.image.height(), width(), height());
    frame.seconds = static_cast<double>(next_++) / fps_;
    return true;
  }
  std::vector<SeekPoint> seek_points() const override {
    std::vector<SeekPoint> points(paths_.size());
    for (std::size_t i = 0; i < points.size(); ++i) points[i].frame = static_cast<index_t>(i);
    return points;
  }
  bool seek(const SeekPoint& point) override {
    next_ = static_cast<std::size_t>(point.frame);
    return next_ < paths_.size();
  }
  index_t height() const override { return first_.height(); }
  index_t width() const override { return first_.width(); }
  double fps() const override { return fps_; }
  std::optional<index_t> frame_count() const override { return static_cast<index_t>(paths_.size()); }

  /// The ending of a picture's name, one for each kind; empty for other files.
  static std::string picture_kind(const std::filesystem::path& path) {
    const std::string ending = lower_case_extension(path);
    if (ending == ".jpeg") return ".jpg";
    if (ending == ".tiff") return ".tif";
    constexpr std::string_view known[] = {".png", ".jpg", ".bmp", ".webp", ".tif"};
    return std::find(std::begin(known), std::end(known), ending) != std::end(known) ? ending : "";
  }

 private:
  double fps_;
  std::vector<std::string> paths_;
  std::size_t next_ = 0;
  Image first_;
};

}  // namespace flashvideo
