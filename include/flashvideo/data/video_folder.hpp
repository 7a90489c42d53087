// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// Needs the component Video; the umbrella does not include it.

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/core/listed.hpp"
#include "flashvideo/core/progress.hpp"
#include "flashvideo/data/caption_list.hpp"
#include "flashvideo/data/clip_source.hpp"
#include "flashvideo/data/frame_choice.hpp"
#include "flashvideo/data/video_cursors.hpp"
#include "flashvideo/data/video_folder_summary.hpp"
#include "flashvideo/data/video_tree.hpp"
#include "flashvideo/io/ffmpeg.hpp"
#include "flashvideo/io/fingerprint.hpp"
#include "flashvideo/io/image.hpp"

namespace flashvideo {

/// Which clips a folder of videos gives.
struct VideoFolderOptions {
  ClipSize size = {17, 64, 64};  ///< of every clip; pictures are cropped to this aspect and resized
  index_t frame_step = 1;  ///< with frames_per_second = 0: every frame_step-th frame, whatever the rates
  double frames_per_second = 0;  ///< above 0: frames at this rate, the nearest in time (`resampled_frames`)
  bool skip_damaged = false;     ///< leaves damaged videos out instead of refusing the folder
};

/// A folder of captioned videos (`read_caption_list`) as clips: each video is cut into as many clips as
/// follow one another in it; frames left over at its end and videos too short for one clip are left out,
/// and `summary` says so. Pictures keep their middle and their aspect. Opening reads every video once, so
/// what is wrong is reported before any work. Clips that follow one another are read in one pass over their
/// video.
/// @code
///   VideoFolder folder("clips", {.size = {17, 64, 64}, .frames_per_second = 8});
///   Clip clip = folder.clip(0);  // 0 .. *folder.size() - 1
/// @endcode
class VideoFolder {
 public:
  /// @throws value_error for options out of range
  /// @throws io_error when the folder or a file cannot be read
  /// @throws format_error naming every damaged video (the first five, and how many more) unless they are left
  /// out, the videos when none is long enough, and as `read_caption_list`
  explicit VideoFolder(const std::string& folder, const VideoFolderOptions& options = {},
                       const ProgressHook& progress = {})
      : options_(options) {
    const ClipSize& size = options.size;
    require<value_error>(size.num_frames >= 1 && size.height >= 1 && size.width >= 1,
                         "VideoFolder: clips of {} frames, {} x {} pixels, expected >= 1", size.num_frames,
                         size.width, size.height);
    require<value_error>(options.frame_step >= 1, "VideoFolder: frame_step is {}, expected >= 1",
                         options.frame_step);
    require<value_error>(std::isfinite(options.frames_per_second) && options.frames_per_second >= 0,
                         "VideoFolder: frames_per_second is {}, expected >= 0", options.frames_per_second);
    require<value_error>(options.frame_step == 1 || options.frames_per_second == 0,
                         "VideoFolder: frame_step is {} and frames_per_second {}, expected one of them",
                         options.frame_step, options.frames_per_second);
    auto content = std::make_shared<Content>(options.frames_per_second);
    read_all(read_caption_list(folder), *content, progress);
    content_ = std::move(content);
    summary_.folder = folder;
    summary_.num_frames = size.num_frames;
    summary_.frame_step = options.frame_step;
    summary_.frames_per_second = options.frames_per_second;
    refuse_bad(folder);
  }

  /// Reads clip i.
  /// @throws value_error unless 0 <= i < *size()
  /// @throws io_error when a file is gone since the folder was opened
  /// @throws format_error when a file has changed since
  Clip clip(index_t i) const {
    const index_t number = number_of(i);
    const Video& video = content_->videos[static_cast<std::size_t>(number)];
    Clip clip;
    clip.caption = video.file.caption;
    clip.size = options_.size;
    clip.frames.reserve(static_cast<std::size_t>(clip.size.num_bytes()));
    const std::size_t first = static_cast<std::size_t>((i - video.first_clip) * clip.size.num_frames);
    const std::span<const index_t> frames =
        std::span(video.frames).subspan(first, static_cast<std::size_t>(clip.size.num_frames));
    const bool whole = content_->cursors.read(number, frames, video.points, [&](const Image& frame) {
      const Image picture = resize_to_fill(frame, clip.size.height, clip.size.width);
      clip.frames.insert(clip.frames.end(), picture.bytes().begin(), picture.bytes().end());
    });
    require<format_error>(whole,
                          "{}: the video has changed since it was opened, frame {} is not there any more",
                          video.file.path, frames.back());
    return clip;
  }

  /// The caption of clip i, without reading the clip.
  const std::string& caption(index_t i) const {
    return content_->videos[static_cast<std::size_t>(number_of(i))].file.caption;
  }

  /// Where that caption stands: "captions.tsv: line 4", or its file.
  const std::string& caption_place(index_t i) const {
    return content_->videos[static_cast<std::size_t>(number_of(i))].file.place;
  }

  /// Of the videos' bytes, whatever their names, and of the frames that are taken of each. Reads every file.
  /// @throws io_error when a file cannot be read
  std::string fingerprint(const ProgressHook& progress = {}) const {
    Fingerprint print;
    print.add(std::vector<index_t>{options_.size.num_frames, options_.size.height, options_.size.width});
    for (index_t i = 0; i < num_videos(); ++i) {
      report(progress, {.label = "comparing videos", .done = i, .total = num_videos(), .unit = "videos"});
      const Video& video = content_->videos[static_cast<std::size_t>(i)];
      print.add(video.frames);
      data_detail::add_video(print, video.file.path);
    }
    return print.text();
  }

  /// Clips of all videos.
  std::optional<index_t> size() const { return summary_.num_clips; }
  /// As the options say.
  ClipSize clip_size() const { return options_.size; }
  /// Number of videos that give clips.
  index_t num_videos() const { return static_cast<index_t>(content_->videos.size()); }
  /// What was found, taken, and left out.
  const VideoFolderSummary& summary() const { return summary_; }
  /// Frames decoded for clips so far, those passed over included.
  index_t frames_decoded() const { return content_->cursors.frames_decoded(); }

 private:
  struct Video {
    CaptionedFile file;
    index_t first_clip = 0;
    std::vector<index_t> frames{};    // the video's frames that its clips are made of, one clip after another
    std::vector<SeekPoint> points{};  // where the video can be entered
  };
  /// What copies share.
  struct Content {
    explicit Content(double fps)
        : cursors(
              [this, fps](index_t i) { return open(videos[static_cast<std::size_t>(i)].file.path, fps); }) {}
    std::vector<Video> videos;
    VideoCursors cursors;
  };

  /// A folder of pictures knows no rate: it is taken as having the one asked for.
  static std::unique_ptr<VideoSource> open(const std::string& path, double fps) {
    if (fps > 0 && std::filesystem::is_directory(path))
      return std::make_unique<PictureFolderSource>(path, fps);
    return open_video_source(path);
  }

  void read_all(const std::vector<CaptionedFile>& files, Content& content, const ProgressHook& progress) {
    for (std::size_t i = 0; i < files.size(); ++i) {
      report(progress, {.label = "reading videos",
                        .done = static_cast<index_t>(i),
                        .total = static_cast<index_t>(files.size()),
                        .unit = "videos"});
      try {
        add(files[i], content.videos);
      } catch (const format_error& damage) {
        summary_.damaged.emplace_back(damage.what());
      }
    }
  }

  /// Reads a video through and adds it, unless it is too short.
  void add(const CaptionedFile& file, std::vector<Video>& videos) {
    const std::unique_ptr<VideoSource> source = open(file.path, options_.frames_per_second);
    std::vector<double> seconds;
    for (VideoFrame frame; source->skip_frame(frame);) {
      seconds.push_back(seconds.empty() ? frame.seconds : (std::max)(seconds.back(), frame.seconds));
    }
    require<format_error>(seconds.back() * options_.frames_per_second < 1e7,
                          "{}: its times reach {} seconds, which is no clip's length", file.path,
                          seconds.back());
    Video video{file, summary_.num_clips};
    video.frames = options_.frames_per_second > 0
                       ? resampled_frames(seconds, options_.frames_per_second)
                       : every_nth_frame(static_cast<index_t>(seconds.size()), options_.frame_step);
    const index_t num_clips = static_cast<index_t>(video.frames.size()) / options_.size.num_frames;
    if (num_clips == 0) {
      summary_.too_short.push_back(formatted_message("{} ({} of {} frames)", file.path, video.frames.size(),
                                                     options_.size.num_frames));
      return;
    }
    summary_.count(seconds, video.frames);
    summary_.num_clips += num_clips;
    video.frames.resize(static_cast<std::size_t>(num_clips * options_.size.num_frames));
    video.frames.shrink_to_fit();
    video.points = source->seek_points();
    videos.push_back(std::move(video));
  }

  void refuse_bad(const std::string& folder) const {
    const std::vector<std::string>& damaged = summary_.damaged;
    if (!options_.skip_damaged) {
      require<format_error>(damaged.size() != 1, "{}", listed(damaged));
      require<format_error>(damaged.empty(), "{}: {} videos are damaged: {}", folder, damaged.size(),
                            listed(damaged));
    }
    require<format_error>(num_videos() > 0, "{}: no video can be used: {}", folder, summary_.left_out());
  }

  /// The video that clip i is of.
  index_t number_of(index_t i) const {
    require<value_error>(i >= 0 && i < summary_.num_clips, "VideoFolder::clip: number is {}, expected 0..{}",
                         i, summary_.num_clips - 1);
    return data_detail::video_of_clip(content_->videos, i);
  }

  VideoFolderOptions options_;
  VideoFolderSummary summary_;
  std::shared_ptr<Content> content_;
};

}  // namespace flashvideo
