// SPDX-License-Identifier: MIT
#pragma once

extern "C" {
#include <libavutil/opt.h>
}

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "flashvideo/core/error.hpp"
#include "flashvideo/io/ffmpeg_writer.hpp"
#include "flashvideo/io/image.hpp"
#include "flashvideo/io/video.hpp"
#include "flashvideo/io/yuv.hpp"

namespace flashvideo {

/// Which encoder an `Mp4Sink` asks for first.
enum class Mp4Encoder { H264, Mpeg4 };

/// Writes an .mp4 that every player shows: H.264 (libx264, constant quality 12) or, where FFmpeg lacks it,
/// MPEG-4 part 2; 4:2:0 samples in BT.601, each colour difference the mean of its 2 x 2 pixels (exact for an
/// even scale). Odd extents are extended by one repeated column or row. The index lies in front of the pictures
/// (a pipe is given fragments).
class Mp4Sink final : public VideoSink {
 public:
  /// @throws io_error when the file cannot be created
  /// @throws value_error naming the setting out of range
  explicit Mp4Sink(std::string path, VideoSinkOptions settings = {}, Mp4Encoder encoder = Mp4Encoder::H264)
      : rate_(frame_rate(settings.fps)), scale_(settings.scale), encoder_(encoder), writer_(std::move(path)) {
    require<value_error>(scale_ >= 1, "Mp4Sink: scale is {}, expected >= 1", scale_);
  }

 private:
  void write_frame(const Image& frame) override {
    scale_nearest(frame, scale_, scaled_);
    if (!writer_.is_open()) open();
    fill(writer_.frame());
    writer_.encode();
  }
  void finish_file() override { writer_.finish(); }

  void open() {
    const int height = static_cast<int>(scaled_.height() + scaled_.height() % 2);
    const int width = static_cast<int>(scaled_.width() + scaled_.width() % 2);
    static constexpr const char* encoders[] = {"libx264", "mpeg4"};
    const std::size_t skipped = encoder_ == Mp4Encoder::H264 ? 0 : 1;
    writer_.open("mp4", std::span(encoders).subspan(skipped), AV_PIX_FMT_YUV420P, height, width, rate_,
                 [](AVCodecContext& encoder) {
                   encoder.color_range = AVCOL_RANGE_MPEG;
                   encoder.colorspace = AVCOL_SPC_SMPTE170M;
                   encoder.color_primaries = AVCOL_PRI_BT709;
                   encoder.color_trc = AVCOL_TRC_IEC61966_2_1;
                   if (std::string_view(encoder.codec->name) == "libx264") {
                     av_opt_set(encoder.priv_data, "crf", "12", 0);
                     av_opt_set(encoder.priv_data, "preset", "medium", 0);
                   } else {
                     encoder.flags |= AV_CODEC_FLAG_QSCALE;
                     encoder.global_quality = 2 * FF_QP2LAMBDA;
                   }
                 });
  }

  Rgb pixel(index_t y, index_t x) const {
    return scaled_.get((std::min)(y, scaled_.height() - 1), (std::min)(x, scaled_.width() - 1));
  }

  void fill(AVFrame& frame) const {
    for (index_t y = 0; y < frame.height; y += 2) {
      for (index_t x = 0; x < frame.width; x += 2) {
        int sum[3] = {2, 2, 2};  // so that the division by 4 rounds
        for (index_t i = 0; i < 4; ++i) {
          const Rgb colour = pixel(y + i / 2, x + i % 2);
          frame.data[0][(y + i / 2) * frame.linesize[0] + x + i % 2] = rgb_to_yuv(colour).y;
          sum[0] += colour.red;
          sum[1] += colour.green;
          sum[2] += colour.blue;
        }
        const Yuv mean =
            rgb_to_yuv({static_cast<std::uint8_t>(sum[0] / 4), static_cast<std::uint8_t>(sum[1] / 4),
                        static_cast<std::uint8_t>(sum[2] / 4)});
        frame.data[1][y / 2 * frame.linesize[1] + x / 2] = mean.u;
        frame.data[2][y / 2 * frame.linesize[2] + x / 2] = mean.v;
      }
    }
  }

  FrameRate rate_;
  index_t scale_;
  Mp4Encoder encoder_;
  FfmpegWriter writer_;
  Image scaled_;
};

}  // namespace flashvideo
