// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// Needs the component Video; the umbrella does not include it.

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/core/progress.hpp"
#include "flashvideo/data/caption_list.hpp"
#include "flashvideo/data/clip_source.hpp"
#include "flashvideo/io/ffmpeg.hpp"
#include "flashvideo/io/image.hpp"

namespace flashvideo {

/// How videos are cut into clips.
struct VideoFolderOptions {
  ClipSize size = {17, 64, 64};  ///< of every clip; pictures are cropped to this aspect and resized
  index_t frame_step = 1;        ///< distance of a clip's frames in frames of the video
};

/// A folder of captioned videos (`read_caption_list`) as clips: each video is cut into as many clips as
/// follow one another in it, T frames `frame_step` apart; a video too short for one clip gives one that ends
/// in its last frame repeated. Pictures keep their middle and their aspect. Opening reads every video once,
/// so a bad file is reported before any work.
/// @code
///   VideoFolder folder("clips", {.size = {17, 64, 64}, .frame_step = 2});
///   Clip clip = folder.clip(0);  // 0 .. *folder.size() - 1
/// @endcode
class VideoFolder {
 public:
  /// @throws value_error for options out of range
  /// @throws io_error when the folder or a file cannot be read
  /// @throws format_error naming a file that is no video, without frames or damaged, and as `read_caption_list`
  explicit VideoFolder(const std::string& folder, const VideoFolderOptions& options = {},
                       const ProgressHook& progress = {})
      : options_(options) {
    const ClipSize& size = options.size;
    require<value_error>(size.num_frames >= 1 && size.height >= 1 && size.width >= 1,
                         "VideoFolder: clips of {} frames, {} x {} pixels, expected >= 1", size.num_frames,
                         size.height, size.width);
    require<value_error>(options.frame_step >= 1, "VideoFolder: frame_step is {}, expected >= 1",
                         options.frame_step);
    auto videos = std::make_shared<std::vector<Video>>();
    const std::vector<CaptionedFile> files = read_caption_list(folder);
    for (std::size_t i = 0; i < files.size(); ++i) {
      report(progress, {.label = "reading videos",
                        .done = static_cast<index_t>(i),
                        .total = static_cast<index_t>(files.size()),
                        .unit = "videos"});
      const index_t num_clips = std::max<index_t>(1, count_frames(files[i].path) / frames_apart());
      videos->push_back({files[i], num_clips_, num_clips});
      num_clips_ += num_clips;
    }
    videos_ = std::move(videos);
  }

  /// Reads clip i.
  /// @throws value_error unless 0 <= i < *size()
  /// @throws io_error when a file is gone since the folder was opened
  /// @throws format_error when a file has changed since
  Clip clip(index_t i) const {
    require<value_error>(i >= 0 && i < num_clips_, "VideoFolder::clip: number is {}, expected 0..{}", i,
                         num_clips_ - 1);
    const auto after =
        std::upper_bound(videos_->begin(), videos_->end(), i,
                         [](index_t number, const Video& video) { return number < video.first_clip; });
    const Video& video = *std::prev(after);
    Clip clip;
    clip.caption = video.file.caption;
    clip.size = options_.size;
    clip.frames.reserve(static_cast<std::size_t>(clip.size.num_bytes()));
    read_frames(video.file.path, (i - video.first_clip) * frames_apart(), clip);
    return clip;
  }

  /// Clips of all videos.
  std::optional<index_t> size() const { return num_clips_; }
  /// As the options say.
  ClipSize clip_size() const { return options_.size; }
  /// Number of videos in the folder.
  index_t num_videos() const { return static_cast<index_t>(videos_->size()); }

 private:
  struct Video {
    CaptionedFile file;
    index_t first_clip = 0;
    index_t num_clips = 0;
  };

  /// Frames of the video from one clip's first frame to the next one's.
  index_t frames_apart() const { return options_.size.num_frames * options_.frame_step; }

  static index_t count_frames(const std::string& path) {
    const std::unique_ptr<VideoSource> source = open_video_source(path);
    index_t count = 0;
    for (VideoFrame frame; source->next_frame(frame);) ++count;
    require<format_error>(count > 0, "{}: the video has no frames", path);
    return count;
  }

  /// Appends T frames from frame `first` of the video on.
  void read_frames(const std::string& path, index_t first, Clip& clip) const {
    const std::unique_ptr<VideoSource> source = open_video_source(path);
    const std::size_t wanted = static_cast<std::size_t>(clip.size.num_bytes());
    VideoFrame frame;
    for (index_t number = 0; clip.frames.size() < wanted && source->next_frame(frame); ++number) {
      if (number < first || (number - first) % options_.frame_step != 0) continue;
      const Image picture = resize_to_fill(frame.image, clip.size.height, clip.size.width);
      clip.frames.insert(clip.frames.end(), picture.bytes().begin(), picture.bytes().end());
    }
    require<format_error>(!clip.frames.empty(), "{}: the video has no frame {}", path, first);
    const std::size_t frame_bytes = static_cast<std::size_t>(clip.size.height * clip.size.width * 3);
    while (clip.frames.size() < wanted) {
      const std::vector<std::uint8_t> last(clip.frames.end() - static_cast<std::ptrdiff_t>(frame_bytes),
                                           clip.frames.end());
      clip.frames.insert(clip.frames.end(), last.begin(), last.end());
    }
  }

  VideoFolderOptions options_;
  std::shared_ptr<const std::vector<Video>> videos_;
  index_t num_clips_ = 0;
};

}  // namespace flashvideo
