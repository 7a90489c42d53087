// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/io/image.hpp"

namespace flashvideo {

/// How a video is written.
struct VideoSinkOptions {
  double fps = 8.0;   ///< frames per second
  index_t scale = 1;  ///< each pixel becomes scale x scale equal ones
};

/// Frames per second as a quotient, as files hold it.
struct FrameRate {
  std::int64_t numerator = 8;    ///< frames in `denominator` seconds
  std::int64_t denominator = 1;  ///< seconds
  /// The quotient.
  double value() const { return static_cast<double>(numerator) / static_cast<double>(denominator); }
  friend bool operator==(const FrameRate&, const FrameRate&) = default;
};

/// The quotient nearest to `fps` among n/1001 of the film rates (24000/1001, 30000/1001, ...) and n/1000,
/// reduced.
/// @throws value_error unless 0.001 <= fps <= 1000
inline FrameRate frame_rate(double fps) {
  require<value_error>(fps >= 0.001 && fps <= 1000.0, "frame_rate: fps is {}, expected 0.001 to 1000", fps);
  for (const std::int64_t whole : {24, 30, 48, 60, 120}) {
    const double film = static_cast<double>(whole * 1000) / 1001.0;
    if (std::abs(fps - film) < 0.001) return {whole * 1000, 1001};
  }
  const std::int64_t thousandths = static_cast<std::int64_t>(std::llround(fps * 1000.0));
  std::int64_t common = 1000;  // their greatest common divisor; <numeric> costs more than it saves
  for (std::int64_t rest = thousandths % 1000; rest != 0;) rest = std::exchange(common, rest) % rest;
  return {thousandths / common, 1000 / common};
}

/// Takes a video frame by frame. The file appears under its name only at `finish`; destroyed without it, the
/// sink leaves nothing behind. After an interruption `finish` gives a valid file of the frames written so
/// far. Memory does not grow with the number of frames.
/// @throws value_error when it is finished
/// @throws io_error when the disk is full
/// @code
/// auto sink = open_video_sink("star.mp4", {.fps = 8, .scale = 4});  // io/ffmpeg.hpp
/// for (const Image& frame : frames) sink->write(frame);
/// sink->finish();
/// @endcode
class VideoSink {
 public:
  VideoSink() = default;
  VideoSink(const VideoSink&) = delete;
  VideoSink& operator=(const VideoSink&) = delete;
  virtual ~VideoSink() = default;

  /// Appends a frame.
  /// @throws shape_error when its extents differ from the first one's
  void write(const Image& frame) {
    require<value_error>(!finished_, "VideoSink::write: the video is finished");
    require<value_error>(!frame.empty(), "VideoSink::write: frame {} has no pixels", frame_count_);
    if (frame_count_ == 0) {
      height_ = frame.height();
      width_ = frame.width();
    }
    require<shape_error>(frame.height() == height_ && frame.width() == width_,
                         "VideoSink::write: frame {} is {} x {} pixels, expected {} x {}", frame_count_,
                         frame.width(), frame.height(), width_, height_);
    write_frame(frame);
    ++frame_count_;
  }

  /// Completes the file.
  /// @throws value_error when no frame was written
  void finish() {
    require<value_error>(!finished_, "VideoSink::finish: the video is finished");
    require<value_error>(frame_count_ > 0, "VideoSink::finish: no frame was written");
    finish_file();
    finished_ = true;
  }

  /// Frames written so far.
  index_t frame_count() const { return frame_count_; }

 protected:
  /// Writes a frame whose extents are checked.
  virtual void write_frame(const Image& frame) = 0;
  /// Completes a file that has frames, and gives it its name.
  virtual void finish_file() = 0;

 private:
  index_t frame_count_ = 0;
  index_t height_ = 0;
  index_t width_ = 0;
  bool finished_ = false;
};

/// A frame and its time from the video's start, in seconds.
struct VideoFrame {
  Image image;           ///< in RGB, as it is shown
  double seconds = 0.0;  ///< from the video's start
};

/// A frame at which reading can begin; `place` is what its source finds it by.
struct SeekPoint {
  index_t frame = 0;       ///< counted from 0
  std::int64_t place = 0;  ///< the source's own: a timestamp, an offset in the file
};

/// Gives a video frame by frame; all frames have equal extents.
/// @code
/// auto source = open_video_source("clip.mp4");  // io/ffmpeg.hpp
/// for (VideoFrame frame; source->next_frame(frame);) use(frame.image);
/// @endcode
class VideoSource {
 public:
  VideoSource() = default;
  VideoSource(const VideoSource&) = delete;
  VideoSource& operator=(const VideoSource&) = delete;
  virtual ~VideoSource() = default;

  /// Reads the next frame into `frame` (its memory is reused); false after the last one.
  /// @throws format_error naming path and place when the file is damaged
  virtual bool next_frame(VideoFrame& frame) = 0;
  /// Passes over the next frame and sets its time alone; what was in `frame.image` is then anything.
  /// @throws format_error where `next_frame` would
  virtual bool skip_frame(VideoFrame& frame) { return next_frame(frame); }

  /// Of the frames met so far those that `seek` can go to, in order.
  virtual std::vector<SeekPoint> seek_points() const { return {}; }
  /// Makes the point's frame the next one, forwards or backwards; the point may come from another source of
  /// the same file. False when it cannot: the source is then of no more use.
  virtual bool seek(const SeekPoint&) { return false; }

  /// @{
  /// Pixels of every frame along an axis, as it is shown.
  virtual index_t height() const = 0;
  virtual index_t width() const = 0;
  /// @}
  /// Mean frames per second; 0 when the file does not say.
  virtual double fps() const = 0;
  /// Number of frames where the file says it without being read through.
  virtual std::optional<index_t> frame_count() const { return std::nullopt; }
};

}  // namespace flashvideo
