// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/io/atomic_file.hpp"
#include "flashvideo/io/contact_sheet.hpp"
#include "flashvideo/io/ffmpeg_common.hpp"
#include "flashvideo/io/ffmpeg_source.hpp"
#include "flashvideo/io/image.hpp"
#include "flashvideo/io/video.hpp"

namespace flashvideo {

/// A picture as the bytes of a PNG file (lossless).
/// @throws value_error for a picture without pixels
/// @throws io_error when FFmpeg has no PNG encoder
inline std::vector<std::byte> encode_png(const Image& image) {
  require<value_error>(!image.empty(), "encode_png: the picture has no pixels");
  io_detail::silence_ffmpeg();
  const auto check = [](int result) {
    require<io_error>(result >= 0, "encode_png: {}", io_detail::ffmpeg_error_text(result));
  };
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_PNG);
  require<io_error>(codec != nullptr, "encode_png: FFmpeg has no PNG encoder");
  const io_detail::CodecContext encoder(io_detail::ffmpeg_allocated(avcodec_alloc_context3(codec)));
  encoder->width = static_cast<int>(image.width());
  encoder->height = static_cast<int>(image.height());
  encoder->pix_fmt = AV_PIX_FMT_RGB24;
  encoder->time_base = {1, 1};
  encoder->thread_count = 1;
  check(avcodec_open2(encoder.get(), codec, nullptr));

  const io_detail::FramePointer frame(io_detail::ffmpeg_allocated(av_frame_alloc()));
  frame->format = AV_PIX_FMT_RGB24;
  frame->width = encoder->width;
  frame->height = encoder->height;
  check(av_frame_get_buffer(frame.get(), 0));
  for (index_t y = 0; y < image.height(); ++y) {
    std::copy_n(image.row(y), image.width() * 3, frame->data[0] + y * frame->linesize[0]);
  }
  const io_detail::PacketPointer packet(io_detail::ffmpeg_allocated(av_packet_alloc()));
  check(avcodec_send_frame(encoder.get(), frame.get()));
  check(avcodec_send_frame(encoder.get(), nullptr));
  check(avcodec_receive_packet(encoder.get(), packet.get()));
  const auto bytes = std::as_bytes(std::span(packet->data, static_cast<std::size_t>(packet->size)));
  return {bytes.begin(), bytes.end()};
}

/// Writes a PNG file, which appears under its name only when complete.
/// @code write_png("frame.png", image); @endcode
inline void write_png(const std::string& path, const Image& image) {
  const std::vector<std::byte> bytes = encode_png(image);
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

/// Shows a video as one .png: at most 64 evenly spaced frames in a grid.
class ContactSheetSink final : public VideoSink {
 public:
  /// @throws io_error when the file cannot be created
  /// @throws value_error unless settings.scale >= 1
  explicit ContactSheetSink(std::string path, VideoSinkOptions settings = {})
      : scale_(settings.scale), file_(std::move(path)) {
    require<value_error>(scale_ >= 1, "ContactSheetSink: scale is {}, expected >= 1", scale_);
  }

 private:
  void write_frame(const Image& frame) override { sampler_.add(frame); }
  void finish_file() override {
    std::vector<Image> scaled;
    for (const Image& frame : sampler_.frames()) scaled.push_back(scale_nearest(frame, scale_));
    file_.write(encode_png(contact_sheet(scaled)));
    file_.commit();
  }

  index_t scale_;
  AtomicFile file_;
  FrameSampler sampler_;
};

}  // namespace flashvideo
