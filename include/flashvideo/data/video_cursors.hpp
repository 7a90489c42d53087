// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/io/video.hpp"

namespace flashvideo {

/// Frames of numbered videos by their numbers, in any order and from any number of threads. The last few
/// videos read stay open where they were left, so that reading on costs only the frames in between; a frame
/// further off is gone to by the nearest seek point before it. What is read is a function of the numbers
/// alone.
/// @code
///   VideoCursors cursors([&](index_t video) { return open_video_source(paths[video]); });
///   cursors.read(0, {{3, 4, 5}}, points, [](const Image& picture) { use(picture); });
/// @endcode
class VideoCursors {
 public:
  /// Opens video i anew.
  using Open = std::function<std::unique_ptr<VideoSource>(index_t)>;

  /// @param most videos that stay open between reads
  explicit VideoCursors(Open open, std::size_t most = 8) : open_(std::move(open)), most_(most) {}

  /// Calls `take(picture)` for each of `frames` (not falling) of a video. False when the video ends before.
  /// @param points where the video can be entered (`VideoSource::seek_points`); may be empty
  /// @throws format_error when the video is damaged
  /// @throws io_error when it cannot be opened
  template <typename Take>
  [[nodiscard]] bool read(index_t video, std::span<const index_t> frames, std::span<const SeekPoint> points,
                          Take&& take) {
    if (frames.empty()) return true;
    Cursor cursor = cursor_before(video, frames.front(), points);
    for (const index_t frame : frames) {
      if (!go_to(cursor, frame)) return false;
      take(std::as_const(cursor.current.image));
    }
    keep(std::move(cursor));
    return true;
  }

  /// Frames decoded so far, those passed over included.
  index_t frames_decoded() const { return frames_decoded_.load(); }

 private:
  struct Cursor {
    index_t video = 0;
    std::unique_ptr<VideoSource> source{};
    index_t frame = -1;  // the frame that `current` is
    VideoFrame current{};
  };

  /// Frames that are sooner decoded than jumped over.
  static constexpr index_t close = 16;

  /// A cursor from which `frame` can be reached by going on.
  Cursor cursor_before(index_t video, index_t frame, std::span<const SeekPoint> points) {
    Cursor cursor = kept_cursor(video, frame);
    const SeekPoint point = can_seek(video) ? point_before(frame, points) : SeekPoint{};
    const bool is_before = cursor.source != nullptr && cursor.frame <= frame;
    if (is_before && point.frame - cursor.frame <= close) return cursor;
    if (point.frame > 0) {
      if (cursor.source == nullptr) cursor.source = open_(video);
      cursor.frame = point.frame - 1;
      if (cursor.source->seek(point)) return cursor;
      const std::lock_guard lock(mutex_);
      without_seek_.push_back(video);
    }
    return {video, open_(video)};
  }

  static SeekPoint point_before(index_t frame, std::span<const SeekPoint> points) {
    const auto after =
        std::upper_bound(points.begin(), points.end(), frame,
                         [](index_t number, const SeekPoint& point) { return number < point.frame; });
    return after == points.begin() ? SeekPoint{} : *std::prev(after);
  }

  bool can_seek(index_t video) {
    const std::lock_guard lock(mutex_);
    return std::find(without_seek_.begin(), without_seek_.end(), video) == without_seek_.end();
  }

  /// Takes out the kept cursor of this video that stands nearest before `frame`, else one behind it;
  /// without a source when there is none.
  Cursor kept_cursor(index_t video, index_t frame) {
    const std::lock_guard lock(mutex_);
    auto best = kept_.end();
    for (auto cursor = kept_.begin(); cursor != kept_.end(); ++cursor) {
      if (cursor->video != video) continue;
      const bool is_before = cursor->frame <= frame;
      const bool better =
          best == kept_.end() || (is_before && (best->frame > frame || best->frame < cursor->frame));
      if (better) best = cursor;
    }
    if (best == kept_.end()) return {video, nullptr};
    Cursor cursor = std::move(*best);
    kept_.erase(best);
    return cursor;
  }

  void keep(Cursor cursor) {
    const std::lock_guard lock(mutex_);
    if (kept_.size() >= most_) kept_.erase(kept_.begin());  // the one that was used longest ago
    kept_.push_back(std::move(cursor));
  }

  /// False when the video ends before.
  bool go_to(Cursor& cursor, index_t frame) {
    while (cursor.frame < frame) {
      const bool is_last = ++cursor.frame == frame;
      if (!(is_last ? cursor.source->next_frame(cursor.current) : cursor.source->skip_frame(cursor.current)))
        return false;
      ++frames_decoded_;
    }
    return true;
  }

  Open open_;
  std::size_t most_;
  std::mutex mutex_;
  std::vector<index_t> without_seek_;  // videos whose seek points led nowhere
  std::vector<Cursor> kept_;           // the one used last is last
  std::atomic<index_t> frames_decoded_ = 0;
};

}  // namespace flashvideo
