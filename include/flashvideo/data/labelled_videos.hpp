// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// Needs the component Video; the umbrella does not include it.

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/core/progress.hpp"
#include "flashvideo/core/thread_pool.hpp"
#include "flashvideo/data/class_caption.hpp"
#include "flashvideo/data/clip_source.hpp"
#include "flashvideo/data/video_cursors.hpp"
#include "flashvideo/data/video_folder_summary.hpp"
#include "flashvideo/data/video_tree.hpp"
#include "flashvideo/io/ffmpeg.hpp"
#include "flashvideo/io/fingerprint.hpp"
#include "flashvideo/metrics/clip_windows.hpp"
#include "flashvideo/metrics/frame_resize.hpp"

namespace flashvideo {

/// A video and its class.
struct LabelledVideo {
  std::string path;        ///< a file, or a folder of pictures
  index_t class_id = -1;   ///< from 0 on; -1: of no class
  std::string class_name;  ///< as the data set spells it: "TaiChi"
  std::string place;       ///< where that stands: "trainlist01.txt: line 4"
};

/// Which clips labelled videos give.
struct LabelledVideosOptions {
  ClipSize size = {16, 128, 128};         ///< of every clip
  index_t stride = 1;                     ///< from one frame of a clip to its next
  ClipChoice choice = ClipChoice::first;  ///< which runs of a video's frames are clips
  index_t runs = 1;                       ///< of `ClipChoice::spread`
  index_t crops = 1;                      ///< clips of each run, spread along the longer side; 1: the middle
  FrameFit fit = FrameFit::centre_crop;   ///< how pictures come to the size (half-pixel bilinear)
  std::uint64_t seed = 0;                 ///< of random runs and of the order
  bool shuffled = false;                  ///< videos in an order drawn by the seed, not in the list's
  index_t most_videos = 0;                ///< only so many, the first of that order; 0: all
  index_t most_clips = 0;                 ///< only so many of all clips, evenly spread over them; 0: all
  std::string caption = "a person is doing {}";  ///< of every clip, with the class's words for `{}`
  double most_damaged = 0.01;                    ///< share of damaged videos that may be left out; 0: none
  int threads = 0;  ///< that read the videos on opening; 0: one for each hardware thread
};

/// A list of videos with classes as clips; what data sets of actions are made of. Opening reads every video through
/// once, on several threads, so that lengths are known and damage is found before any work: damaged videos are named,
/// counted and left out, too many are refused.
/// @code
///   LabelledVideos clips("here", {{"a.mp4", 0, "TaiChi", ""}}, {.size = {16, 64, 64}});
///   Clip clip = clips.clip(0);  // clip.caption: "a person is doing tai chi"
/// @endcode
class LabelledVideos {
 public:
  /// @param name what messages call the whole
  /// @param missing videos that should be there and are not, for the summary
  /// @throws value_error for options out of range
  /// @throws io_error when a file cannot be read
  /// @throws format_error naming the damaged videos when they are too many, and when no video can be used
  LabelledVideos(const std::string& name, std::vector<LabelledVideo> videos,
                 LabelledVideosOptions options = {}, std::vector<std::string> missing = {},
                 const ProgressHook& progress = {})
      : options_(std::move(options)) {
    windows().check();
    require<value_error>(options_.size.height >= 1 && options_.size.width >= 1,
                         "LabelledVideos: clips of {} x {} pixels, expected >= 1", options_.size.width,
                         options_.size.height);
    require<value_error>(options_.most_damaged >= 0 && options_.most_damaged <= 1,
                         "LabelledVideos: most_damaged is {}, expected 0..1", options_.most_damaged);
    summary_.folder = name;
    summary_.num_frames = options_.size.num_frames;
    summary_.frame_step = options_.stride;
    summary_.missing = std::move(missing);
    content_ = std::make_shared<Content>();
    const std::vector<Video> read = read_all(in_order(std::move(videos)), progress);
    for (const Video& video : read) add(video);
    summary_.num_clips = options_.most_clips > 0 ? (std::min)(num_runs_, options_.most_clips) : num_runs_;
    summary_.check(static_cast<index_t>(read.size()), options_.most_damaged);
  }

  /// Reads clip i.
  /// @throws value_error unless 0 <= i < *size()
  /// @throws io_error when a file is gone since it was opened
  /// @throws format_error when a file has changed since
  Clip clip(index_t i) const {
    const index_t run = run_of(i), number = data_detail::video_of_clip(content_->videos, run);
    const Video& video = content_->videos[static_cast<std::size_t>(number)];
    const index_t first = windows().first_frame(video.frames, video.seat, run - video.first_clip);
    const CropPlace place = windows().crop(run - video.first_clip);
    std::vector<index_t> frames;
    for (index_t t = 0; t < options_.size.num_frames; ++t) frames.push_back(first + t * options_.stride);
    Clip clip{caption_of(video.label), {}, options_.size};
    clip.frames.reserve(static_cast<std::size_t>(clip.size.num_bytes()));
    const bool whole = content_->cursors.read(number, frames, video.points, [&](const Image& picture) {
      append_fitted(picture.bytes(), picture.height(), picture.width(), options_.fit, clip.size.height,
                    clip.size.width, clip.frames, place);
    });
    require<format_error>(whole,
                          "{}: the video has changed since it was opened, frame {} is not there any more",
                          video.label.path, frames.back());
    return clip;
  }

  /// @{
  /// Of clip i, without reading it.
  /// @throws value_error unless 0 <= i < *size()
  std::string caption(index_t i) const { return caption_of(label(i)); }
  const std::string& caption_place(index_t i) const { return label(i).place; }
  /// @}
  /// The video of clip i and its class.
  /// @throws value_error unless 0 <= i < *size()
  const LabelledVideo& label(index_t i) const {
    const index_t number = data_detail::video_of_clip(content_->videos, run_of(i));
    return content_->videos[static_cast<std::size_t>(number)].label;
  }

  /// Of the videos' bytes, whatever their names, and of the runs that are taken. Reads every file.
  /// @throws io_error when a file cannot be read
  std::string fingerprint(const ProgressHook& progress = {}) const {
    Fingerprint print;
    print.add(std::vector<index_t>{options_.size.num_frames, options_.size.height, options_.size.width,
                                   options_.stride, summary_.num_clips, static_cast<index_t>(options_.choice),
                                   options_.runs, options_.crops, static_cast<index_t>(options_.fit)});
    for (const Video& video : content_->videos) {
      report(progress, {.label = "comparing videos",
                        .done = &video - content_->videos.data(),
                        .total = num_videos(),
                        .unit = "videos"});
      print.add(std::vector<index_t>{windows().first_frame(video.frames, video.seat, 0)});
      data_detail::add_video(print, video.label.path);
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

 private:
  struct Video {
    LabelledVideo label;
    std::uint64_t seat = 0;  // in the list that was given, whatever is left out
    index_t frames = 0;
    index_t first_clip = 0;
    std::vector<SeekPoint> points{};  // where it can be entered
    std::string rate{};
    std::string damage{};  // empty: whole
  };
  /// What copies share.
  struct Content {
    std::vector<Video> videos;
    VideoCursors cursors{
        [this](index_t i) { return open_video_source(videos[static_cast<std::size_t>(i)].label.path); }};
  };

  ClipWindows windows() const {
    return {options_.size.num_frames,
            options_.stride,
            options_.choice,
            options_.seed,
            options_.runs,
            options_.crops};
  }
  std::string caption_of(const LabelledVideo& label) const {
    return class_caption(options_.caption, label.class_name.empty() ? "something" : label.class_name);
  }

  std::vector<Video> in_order(std::vector<LabelledVideo> labels) const {
    std::vector<Video> videos;
    for (LabelledVideo& label : labels) videos.push_back({std::move(label), videos.size()});
    RandomStream random(options_.seed, 0x4C564F00U);
    for (std::size_t i = videos.size(); options_.shuffled && i > 1; --i)
      std::swap(videos[i - 1], videos[static_cast<std::size_t>(random.below(static_cast<index_t>(i)))]);
    const auto most = static_cast<std::size_t>(options_.most_videos);
    if (most > 0 && videos.size() > most) videos.erase(videos.begin() + options_.most_videos, videos.end());
    return videos;
  }

  std::vector<Video> read_all(std::vector<Video> videos, const ProgressHook& progress) const {
    ThreadPool pool(options_.threads);
    const auto total = static_cast<index_t>(videos.size());
    const index_t group = 16 * pool.size();  // after each the caller is told, and may stop
    for (index_t first = 0; first < total; first += group) {
      report(progress, {.label = "reading videos", .done = first, .total = total, .unit = "videos"});
      pool.parallel_for((std::min)(group, total - first), 1, [&](index_t begin, index_t end) {
        for (index_t i = begin; i < end; ++i) read(videos[static_cast<std::size_t>(first + i)]);
      });
    }
    return videos;
  }
  static void read(Video& video) {
    try {
      const std::unique_ptr<VideoSource> source = open_video_source(video.label.path);
      std::vector<double> seconds;
      for (VideoFrame frame; source->skip_frame(frame);) seconds.push_back(frame.seconds);
      video.frames = static_cast<index_t>(seconds.size());
      video.points = source->seek_points();
      video.rate = VideoFolderSummary::rate_name(seconds);
    } catch (const format_error& damage) {
      video.damage = damage.what();
    }
  }

  void add(const Video& video) {
    const index_t clips = windows().count(video.frames);
    if (!video.damage.empty()) {
      summary_.damaged.push_back(video.damage);
    } else if (clips == 0) {
      summary_.too_short.push_back(
          formatted_message("{} ({} of {} frames)", video.label.path, video.frames, windows().reach()));
    } else {
      content_->videos.push_back(video);
      content_->videos.back().first_clip = num_runs_;
      num_runs_ += clips;
      ++summary_.num_videos;
      ++summary_.rates[video.rate];
    }
  }

  /// Clip i's number among the runs of all videos.
  index_t run_of(index_t i) const {
    require<value_error>(i >= 0 && i < summary_.num_clips,
                         "LabelledVideos::clip: number is {}, expected 0..{}", i, summary_.num_clips - 1);
    return i * num_runs_ / summary_.num_clips;
  }

  LabelledVideosOptions options_;
  VideoFolderSummary summary_;
  index_t num_runs_ = 0;  // of all videos
  std::shared_ptr<Content> content_;
};

}  // namespace flashvideo
