// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/io/atomic_file.hpp"
#include "flashvideo/io/image.hpp"
#include "flashvideo/io/video.hpp"
#include "flashvideo/io/yuv.hpp"

namespace flashvideo {

/// Writes YUV4MPEG2 ("Y4M"), 8-bit 4:4:4, so that every pixel keeps its own colour; plain bytes that FFmpeg,
/// mpv and x264 read. Colours as `rgb_to_yuv`. The path "-" is the program's standard output. Needs no
/// library.
class Y4mSink final : public VideoSink {
 public:
  /// @throws io_error when the file cannot be created
  /// @throws value_error naming the setting out of range
  explicit Y4mSink(const std::string& path, VideoSinkOptions settings = {})
      : rate_(frame_rate(settings.fps)), scale_(settings.scale), file_(open(path)) {
    require<value_error>(scale_ >= 1, "Y4mSink: scale is {}, expected >= 1", scale_);
  }

 private:
  static AtomicFile open(const std::string& path) {
    return path == "-" ? AtomicFile::standard_output() : AtomicFile(path);
  }

  void write_frame(const Image& frame) override {
    scale_nearest(frame, scale_, scaled_);
    if (frame_count() == 0) {
      file_.write(formatted_message("YUV4MPEG2 W{} H{} F{}:{} Ip A1:1 C444\n", scaled_.width(),
                                    scaled_.height(), rate_.numerator, rate_.denominator));
    }
    constexpr std::string_view marker = "FRAME\n";
    const std::size_t pixels = scaled_.bytes().size() / 3;
    buffer_.resize(marker.size() + 3 * pixels);
    std::copy(marker.begin(), marker.end(), buffer_.begin());
    std::uint8_t* y = buffer_.data() + marker.size();
    for (std::size_t i = 0; i < pixels; ++i) {
      const Yuv colour = rgb_to_yuv(scaled_.get(0, static_cast<index_t>(i)));
      y[i] = colour.y;
      y[pixels + i] = colour.u;
      y[2 * pixels + i] = colour.v;
    }
    file_.write(std::as_bytes(std::span(buffer_)));
  }
  void finish_file() override { file_.commit(); }

  FrameRate rate_;
  index_t scale_;
  AtomicFile file_;
  Image scaled_;
  std::vector<std::uint8_t> buffer_;
};

}  // namespace flashvideo
