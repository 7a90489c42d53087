// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// What the FFmpeg headers share (component Video): owners of FFmpeg's objects, its error texts, its silence.
/// Written against the API common to FFmpeg 4.4 .. 7.

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/frame.h>
#include <libavutil/log.h>
#include <libswscale/swscale.h>
}

#include <array>
#include <memory>
#include <mutex>
#include <new>
#include <string>

#include "flashvideo/core/error.hpp"

namespace flashvideo::io_detail {

struct FfmpegFree {
  void operator()(AVFormatContext* container) const { avformat_close_input(&container); }
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
  void operator()(SwsContext* context) const { sws_freeContext(context); }
};
using InputContainer = std::unique_ptr<AVFormatContext, FfmpegFree>;
using CodecContext = std::unique_ptr<AVCodecContext, FfmpegFree>;
using FramePointer = std::unique_ptr<AVFrame, FfmpegFree>;
using PacketPointer = std::unique_ptr<AVPacket, FfmpegFree>;
using ScalerPointer = std::unique_ptr<SwsContext, FfmpegFree>;

/// FFmpeg's own words for one of its error numbers.
inline std::string ffmpeg_error_text(int error_number) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(error_number, text.data(), text.size());
  return text.data();
}

/// FFmpeg prints to stderr unless told not to. The library prints nothing, so the first use turns that off; a
/// program that has set a level of its own keeps it.
inline void silence_ffmpeg() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (av_log_get_level() == AV_LOG_INFO) av_log_set_level(AV_LOG_QUIET);
  });
}

/// `pointer`, or `std::bad_alloc` when FFmpeg had no memory.
template <typename T>
T* ffmpeg_allocated(T* pointer) {
  if (pointer == nullptr) throw std::bad_alloc();
  return pointer;
}

}  // namespace flashvideo::io_detail
