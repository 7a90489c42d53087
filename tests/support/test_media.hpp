// SPDX-License-Identifier: MIT
#pragma once
/// Small media files of every kind, made by FFmpeg: for what our own sinks never write.

#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "flashvideo/io/ffmpeg_common.hpp"
#include "flashvideo/io/image.hpp"

namespace flashvideo::test {

struct MediaSettings {
  std::string format;   ///< FFmpeg's name of the muxer: "mp4"
  std::string encoder;  ///< FFmpeg's name of the encoder: "mpeg4"
  AVPixelFormat pixels = AV_PIX_FMT_YUV420P;
  int height = 32;
  int width = 32;
  AVRational rate = {8, 1};
  AVRational pixel_aspect = {0, 1};
  std::vector<std::int64_t> times = {0};  ///< of the frames, in 1 / rate seconds
  std::string tag = "";  ///< four letters that the container calls the codec; empty: FFmpeg's own
};

/// Writes one frame for each time, filled by `fill(frame, number)`.
inline void write_media(const std::string& path, const MediaSettings& settings,
                        const std::function<void(AVFrame&, index_t)>& fill) {
  const auto check = [&](int result) {
    if (result < 0) throw io_error(path + ": " + flashvideo::io_detail::ffmpeg_error_text(result));
  };
  flashvideo::io_detail::silence_ffmpeg();
  AVFormatContext* container = nullptr;
  check(avformat_alloc_output_context2(&container, nullptr, settings.format.c_str(), nullptr));
  const AVCodec* codec = avcodec_find_encoder_by_name(settings.encoder.c_str());
  if (codec == nullptr) throw io_error("FFmpeg has no encoder " + settings.encoder);
  const flashvideo::io_detail::CodecContext encoder(avcodec_alloc_context3(codec));
  encoder->width = settings.width;
  encoder->height = settings.height;
  encoder->pix_fmt = settings.pixels;
  encoder->time_base = {settings.rate.den, settings.rate.num};
  encoder->framerate = settings.rate;
  encoder->sample_aspect_ratio = settings.pixel_aspect;
  encoder->thread_count = 1;
  if (settings.tag.size() == 4)
    encoder->codec_tag = MKTAG(settings.tag[0], settings.tag[1], settings.tag[2], settings.tag[3]);
  encoder->strict_std_compliance = FF_COMPLIANCE_UNOFFICIAL;
  encoder->flags |= AV_CODEC_FLAG_QSCALE;
  encoder->global_quality = 2 * FF_QP2LAMBDA;
  if ((container->oformat->flags & AVFMT_GLOBALHEADER) != 0) encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  check(avcodec_open2(encoder.get(), codec, nullptr));
  AVStream* stream = avformat_new_stream(container, nullptr);
  check(avcodec_parameters_from_context(stream->codecpar, encoder.get()));
  stream->time_base = encoder->time_base;
  stream->sample_aspect_ratio = settings.pixel_aspect;
  check(avio_open(&container->pb, ("file:" + path).c_str(), AVIO_FLAG_WRITE));
  check(avformat_write_header(container, nullptr));

  const flashvideo::io_detail::PacketPointer packet(av_packet_alloc());
  const auto encode = [&](const AVFrame* frame) {
    check(avcodec_send_frame(encoder.get(), frame));
    while (avcodec_receive_packet(encoder.get(), packet.get()) >= 0) {
      packet->stream_index = 0;
      packet->duration = 1;
      av_packet_rescale_ts(packet.get(), encoder->time_base, stream->time_base);
      check(av_interleaved_write_frame(container, packet.get()));
    }
  };
  for (std::size_t i = 0; i < settings.times.size(); ++i) {
    const flashvideo::io_detail::FramePointer frame(av_frame_alloc());
    frame->format = settings.pixels;
    frame->width = settings.width;
    frame->height = settings.height;
    frame->quality = encoder->global_quality;
    check(av_frame_get_buffer(frame.get(), 0));
    fill(*frame, static_cast<index_t>(i));
    frame->pts = settings.times[i];
    encode(frame.get());
  }
  encode(nullptr);
  check(av_write_trailer(container));
  avio_closep(&container->pb);
  avformat_free_context(container);
}

/// Fills a 4:2:0 frame with one grey.
inline void fill_grey(AVFrame& frame, int luma) {
  for (int plane = 0; plane < 3; ++plane) {
    const int rows = plane == 0 ? frame.height : (frame.height + 1) / 2;
    for (int y = 0; y < rows; ++y) {
      std::memset(frame.data[plane] + y * frame.linesize[plane], plane == 0 ? luma : 128,
                  static_cast<std::size_t>(plane == 0 ? frame.width : (frame.width + 1) / 2));
    }
  }
}

/// Left half dark, right half light, and the bottom right quarter lighter still: no two of its eight turns are alike.
inline void fill_corner(AVFrame& frame) {
  fill_grey(frame, 40);
  for (int y = 0; y < frame.height; ++y) {
    for (int x = frame.width / 2; x < frame.width; ++x) {
      frame.data[0][y * frame.linesize[0] + x] = static_cast<std::uint8_t>(y < frame.height / 2 ? 120 : 220);
    }
  }
}

}  // namespace flashvideo::test
