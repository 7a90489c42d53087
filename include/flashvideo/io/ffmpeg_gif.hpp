// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "flashvideo/core/error.hpp"
#include "flashvideo/io/ffmpeg_writer.hpp"
#include "flashvideo/io/image.hpp"
#include "flashvideo/io/palette.hpp"
#include "flashvideo/io/video.hpp"

namespace flashvideo {

/// Writes an endlessly repeating .gif. Every frame brings the 256 colours that suit it, so a frame of no more
/// colours keeps each pixel exactly. GIF counts time in hundredths of a second: frames are placed to the
/// nearest.
class GifSink final : public VideoSink {
 public:
  /// @throws io_error when the file cannot be created
  /// @throws value_error naming the setting out of range; above 50 fps, which players do not follow
  explicit GifSink(std::string path, VideoSinkOptions settings = {})
      : rate_(frame_rate(settings.fps)), scale_(settings.scale), writer_(std::move(path)) {
    require<value_error>(scale_ >= 1, "GifSink: scale is {}, expected >= 1", scale_);
    require<value_error>(settings.fps <= 50.0, "GifSink: fps is {}, expected <= 50", settings.fps);
  }

 private:
  void write_frame(const Image& frame) override {
    if (!writer_.is_open()) {
      static constexpr const char* encoders[] = {"gif"};
      writer_.open("gif", encoders, AV_PIX_FMT_PAL8, static_cast<int>(frame.height() * scale_),
                   static_cast<int>(frame.width() * scale_), rate_, [](AVCodecContext&) {});
    }
    fill(writer_.frame(), frame, reduce_colours(frame));
    writer_.encode();
  }
  void finish_file() override { writer_.finish(); }

  void fill(AVFrame& target, const Image& frame, const PalettedImage& paletted) const {
    for (std::size_t i = 0; i < 256; ++i) {
      const Rgb colour = i < paletted.colours.size() ? paletted.colours[i] : Rgb{};
      const std::uint32_t opaque = 0xFF000000U | static_cast<std::uint32_t>(colour.red) << 16 |
                                   static_cast<std::uint32_t>(colour.green) << 8 | colour.blue;
      std::memcpy(target.data[1] + 4 * i, &opaque, 4);
    }
    for (index_t y = 0; y < target.height; ++y) {
      for (index_t x = 0; x < target.width; ++x) {
        target.data[0][y * target.linesize[0] + x] =
            paletted.indices[static_cast<std::size_t>(y / scale_ * frame.width() + x / scale_)];
      }
    }
  }

  FrameRate rate_;
  index_t scale_;
  FfmpegWriter writer_;
};

}  // namespace flashvideo
