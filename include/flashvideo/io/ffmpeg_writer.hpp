// SPDX-License-Identifier: MIT
#pragma once

extern "C" {
#include <libavutil/opt.h>
}

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "flashvideo/core/error.hpp"
#include "flashvideo/io/atomic_file.hpp"
#include "flashvideo/io/ffmpeg_common.hpp"
#include "flashvideo/io/video.hpp"

namespace flashvideo {

/// One video stream encoded and wrapped by FFmpeg into an `AtomicFile`, so that the disk's refusals keep
/// their words and a broken run leaves no file. An MP4 file has its index in front, so that players start
/// before they have it all; in a pipe it comes in fragments that each have their own. The sinks of
/// io/ffmpeg_mp4.hpp and io/ffmpeg_gif.hpp are made of it.
/// @throws io_error when the file cannot be created or written or no encoder is there
class FfmpegWriter {
 public:
  /// Sets what is special to an encoder, before it is opened.
  using Configure = std::function<void(AVCodecContext&)>;

  /// Makes the file.
  explicit FfmpegWriter(std::string path) : file_(std::move(path)) { io_detail::silence_ffmpeg(); }
  FfmpegWriter(const FfmpegWriter&) = delete;
  FfmpegWriter& operator=(const FfmpegWriter&) = delete;
  ~FfmpegWriter() {
    // Some muxers give their memory back only here; the bytes go into the partial file, which is removed.
    if (needs_trailer_) av_write_trailer(container_);
    if (container_ != nullptr) avformat_free_context(container_);
    if (bytes_out_ != nullptr) {
      av_freep(&bytes_out_->buffer);
      avio_context_free(&bytes_out_);
    }
  }

  /// Whether `open` was called.
  bool is_open() const { return container_ != nullptr; }

  /// Opens the first of `encoders` that this FFmpeg has and writes the file's header.
  void open(const char* format, std::span<const char* const> encoders, AVPixelFormat pixels, int height,
            int width, FrameRate rate, const Configure& configure) {
    const AVCodec* codec = nullptr;
    for (const char* name : encoders) codec = codec != nullptr ? codec : avcodec_find_encoder_by_name(name);
    require<io_error>(codec != nullptr, "cannot write {}: FFmpeg has no encoder {}", file_.path(),
                      encoders.front());
    // To move its index to the front the MP4 muxer reads back what it wrote, under this name.
    const std::string url = "file:" + file_.partial_path();
    check(avformat_alloc_output_context2(&container_, nullptr, format, url.c_str()));
    if (std::string_view(format) == "mp4") {
      const char* flags = file_.is_seekable() ? "faststart" : "frag_keyframe+empty_moov+default_base_moof";
      check(av_opt_set(container_->priv_data, "movflags", flags, 0));
    }
    open_bytes();
    container_->flags |= AVFMT_FLAG_BITEXACT;  // no version numbers in the file

    encoder_.reset(io_detail::ffmpeg_allocated(avcodec_alloc_context3(codec)));
    encoder_->width = width;
    encoder_->height = height;
    encoder_->pix_fmt = pixels;
    encoder_->time_base = {static_cast<int>(rate.denominator), static_cast<int>(rate.numerator)};
    encoder_->framerate = {static_cast<int>(rate.numerator), static_cast<int>(rate.denominator)};
    encoder_->thread_count = 1;  // the same bytes and little memory on every machine
    encoder_->flags |= AV_CODEC_FLAG_BITEXACT;
    if ((container_->oformat->flags & AVFMT_GLOBALHEADER) != 0)
      encoder_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    configure(*encoder_);
    check(avcodec_open2(encoder_.get(), codec, nullptr));

    stream_ = io_detail::ffmpeg_allocated(avformat_new_stream(container_, nullptr));
    check(avcodec_parameters_from_context(stream_->codecpar, encoder_.get()));
    stream_->time_base = encoder_->time_base;
    stream_->avg_frame_rate = encoder_->framerate;
    check(avformat_write_header(container_, nullptr));
    needs_trailer_ = true;

    packet_.reset(io_detail::ffmpeg_allocated(av_packet_alloc()));
    frame_.reset(io_detail::ffmpeg_allocated(av_frame_alloc()));
    frame_->format = pixels;
    frame_->width = width;
    frame_->height = height;
    check(av_frame_get_buffer(frame_.get(), 0));
  }

  /// The picture to fill before `encode`; the encoder's own copy of an earlier one stays untouched.
  AVFrame& frame() {
    check(av_frame_make_writable(frame_.get()));
    return *frame_;
  }

  /// Encodes `frame()` as the next picture.
  void encode() {
    frame_->pts = next_pts_++;
    encode(frame_.get());
  }

  /// Writes what the encoder still holds and the file's end, and gives the file its name.
  void finish() {
    encode(nullptr);
    needs_trailer_ = false;
    check(av_write_trailer(container_));
    avio_flush(bytes_out_);
    check(bytes_out_->error);
    file_.commit();
  }

 private:
  static constexpr int buffer_bytes = 1 << 16;

  void check(int result) {
    if (failure_ != nullptr) std::rethrow_exception(std::exchange(failure_, nullptr));
    require<io_error>(result >= 0, "cannot write {}: {}", file_.path(), io_detail::ffmpeg_error_text(result));
  }

  void encode(const AVFrame* frame) {
    check(avcodec_send_frame(encoder_.get(), frame));
    while (true) {
      const int received = avcodec_receive_packet(encoder_.get(), packet_.get());
      if (received == AVERROR(EAGAIN) || received == AVERROR_EOF) return;
      check(received);
      packet_->stream_index = stream_->index;
      packet_->duration = 1;
      av_packet_rescale_ts(packet_.get(), encoder_->time_base, stream_->time_base);
      check(av_interleaved_write_frame(container_, packet_.get()));
    }
  }

  void open_bytes() {
    auto* buffer = static_cast<unsigned char*>(io_detail::ffmpeg_allocated(av_malloc(buffer_bytes)));
    bytes_out_ = avio_alloc_context(buffer, buffer_bytes, 1, this, nullptr, &FfmpegWriter::write_bytes,
                                    &FfmpegWriter::seek_bytes);
    if (bytes_out_ == nullptr) {
      av_free(buffer);
      throw std::bad_alloc();
    }
    if (!file_.is_seekable()) bytes_out_->seekable = 0;
    container_->pb = bytes_out_;
    container_->flags |= AVFMT_FLAG_CUSTOM_IO;
  }

  /// Calls `action` for FFmpeg, through which no exception may fly: it is kept and thrown by `check`.
  template <typename Action>
  std::int64_t guarded(Action&& action) noexcept {
    try {
      return action();
    } catch (...) {
      if (failure_ == nullptr) failure_ = std::current_exception();
      return AVERROR(EIO);
    }
  }

  /// FFmpeg 7 hands over const bytes, earlier ones do not: the callback's type chooses.
  template <typename Byte>
  static int write_bytes(void* self, Byte* bytes, int count) {
    auto& writer = *static_cast<FfmpegWriter*>(self);
    return static_cast<int>(writer.guarded([&]() -> std::int64_t {
      writer.file_.write(std::as_bytes(std::span<const Byte>(bytes, static_cast<std::size_t>(count))));
      return count;
    }));
  }

  static std::int64_t seek_bytes(void* self, std::int64_t offset, int whence) {
    auto& writer = *static_cast<FfmpegWriter*>(self);
    return writer.guarded([&]() -> std::int64_t {
      if (whence == AVSEEK_SIZE) return writer.file_.size();
      if (whence != SEEK_SET) return AVERROR(EINVAL);  // avio turns the others into this one
      writer.file_.seek(offset);
      return offset;
    });
  }

  AtomicFile file_;
  AVFormatContext* container_ = nullptr;
  AVIOContext* bytes_out_ = nullptr;
  AVStream* stream_ = nullptr;
  io_detail::CodecContext encoder_;
  io_detail::PacketPointer packet_;
  io_detail::FramePointer frame_;
  std::int64_t next_pts_ = 0;
  bool needs_trailer_ = false;
  std::exception_ptr failure_;
};

}  // namespace flashvideo
