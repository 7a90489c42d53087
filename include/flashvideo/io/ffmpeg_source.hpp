// SPDX-License-Identifier: MIT
#pragma once

extern "C" {
#include <libavutil/parseutils.h>
}

#include <fmt/format.h>
#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "flashvideo/core/error.hpp"
#include "flashvideo/io/atomic_file.hpp"
#include "flashvideo/io/exif.hpp"
#include "flashvideo/io/ffmpeg_common.hpp"
#include "flashvideo/io/ffmpeg_display.hpp"
#include "flashvideo/io/file_kind.hpp"
#include "flashvideo/io/image.hpp"
#include "flashvideo/io/text_file.hpp"
#include "flashvideo/io/video.hpp"

namespace flashvideo {

/// Reads the frames of any video, GIF or picture that FFmpeg understands (component Video) as RGB with their
/// times, as a player shows them: turned and mirrored by display matrix or Exif tag, cropped, pixels that are
/// not square made so by a wider or narrower picture, transparency over black. The first frame is decoded on
/// opening, so extents are the pictures' own.
/// @throws format_error naming path and reason when the file is empty, a Git LFS pointer, no video, without
/// frames, damaged (also where a decoder would guess what is missing), or a frame has another size than the
/// first
/// @code
/// FfmpegSource source("clip.mp4");
/// for (VideoFrame frame; source.next_frame(frame);) use(frame.image, frame.seconds);
/// @endcode
class FfmpegSource final : public VideoSource {
 public:
  /// Decodes the first frame.
  /// @throws io_error when the file cannot be opened
  explicit FfmpegSource(std::string path) : path_(std::move(path)), display_(path_) {
    io_detail::silence_ffmpeg();
    const std::string head = read_head();
    refuse_empty_or_pointer(path_, head);
    open_container(head);
    open_decoder();
    if (head.starts_with("\x89PNG") || head.starts_with("II") || head.starts_with("MM")) {
      file_tag_ = picture_orientation(io_detail::read_bytes(path_));
    }
    packet_.reset(io_detail::ffmpeg_allocated(av_packet_alloc()));
    decoded_.reset(io_detail::ffmpeg_allocated(av_frame_alloc()));
    require<format_error>(decode(), "{}: the video has no frames", path_);
    orientation_ = io_detail::frame_orientation(*decoded_, stream_matrix(), path_, file_tag_);
    size_ = shown_size();
    first_timestamp_ = decoded_->best_effort_timestamp;
  }

  bool next_frame(VideoFrame& frame) override {
    if (!skip_frame(frame)) return false;
    display_.convert(*decoded_, orientation_, size_, frame.image);
    return true;
  }

  bool skip_frame(VideoFrame& frame) override {
    if (!std::exchange(waits_, false) && !decode()) {
      refuse_early_end();
      return false;
    }
    if (decoded_->best_effort_timestamp != AV_NOPTS_VALUE) last_timestamp_ = decoded_->best_effort_timestamp;
    refuse_other_size();
    keep_seek_point();
    const AVStream& stream = *container_->streams[stream_];
    const bool is_timed =
        decoded_->best_effort_timestamp != AV_NOPTS_VALUE && first_timestamp_ != AV_NOPTS_VALUE;
    if (is_timed) {
      frame.seconds =
          static_cast<double>(decoded_->best_effort_timestamp - first_timestamp_) * av_q2d(stream.time_base);
    } else {
      frame.seconds = fps() > 0.0 ? static_cast<double>(frames_read_) / fps() : 0.0;
    }
    ++frames_read_;
    return true;
  }

  std::vector<SeekPoint> seek_points() const override { return seek_points_; }
  bool seek(const SeekPoint& point) override {
    try {
      const int stream = static_cast<int>(stream_);
      if (av_seek_frame(container_.get(), stream, point.place, AVSEEK_FLAG_BACKWARD) < 0) return false;
      avcodec_flush_buffers(decoder_.get());
      do {
        if (!decode()) return false;
      } while (decoded_->best_effort_timestamp < point.place);  // one without a time has the least there is
    } catch (const format_error&) {
      return false;  // what stands before the point is wanted after all
    }
    waits_ = true;
    frames_read_ = point.frame;
    return decoded_->best_effort_timestamp == point.place;
  }

  index_t height() const override { return size_.height; }
  index_t width() const override { return size_.width; }
  double fps() const override {
    const AVStream& stream = *container_->streams[stream_];
    const AVRational rate = stream.avg_frame_rate.num > 0 ? stream.avg_frame_rate : stream.r_frame_rate;
    return rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0.0;
  }
  std::optional<index_t> frame_count() const override {
    const index_t count = container_->streams[stream_]->nb_frames;
    return count > 0 ? std::optional<index_t>(count) : std::nullopt;
  }

 private:
  /// The first bytes, by our own hands, so that the system's refusals keep their words.
  std::string read_head() const {
    std::FILE* file = std::fopen(path_.c_str(), "rb");
    if (file == nullptr) throw_io_error("open", path_, errno);
    std::string head(256, '\0');
    head.resize(std::fread(head.data(), 1, head.size(), file));
    const int failure = std::ferror(file) != 0 ? errno : 0;
    std::fclose(file);
    if (failure != 0) throw_io_error("read", path_, failure);
    return head;
  }

  [[noreturn]] void refuse_kind(std::string_view head, const std::string& reason) const {
    const std::string_view kind = file_kind(head);
    require<format_error>(!kind.ends_with(" video"),
                          "{}, byte 0: the file is {} that is damaged or truncated ({})", path_, kind,
                          reason);
    throw format_error(fmt::format("{}, byte 0: the file is {}, expected a video ({})", path_,
                                   kind.empty() ? "of unknown kind or damaged" : kind, reason));
  }

  void open_container(const std::string& head) {
    // "file:" and "none" keep FFmpeg from taking a name for an address or a pattern of names.
    AVDictionary* options = nullptr;
    av_dict_set(&options, "pattern_type", "none", 0);
    AVFormatContext* opened_container = nullptr;
    const int opened = avformat_open_input(&opened_container, ("file:" + path_).c_str(), nullptr, &options);
    av_dict_free(&options);
    container_.reset(opened_container);
    if (opened < 0) refuse_kind(head, io_detail::ffmpeg_error_text(opened));
    // FFmpeg plays any text as a film of a terminal.
    if (std::string_view(container_->iformat->name) == "tty") refuse_kind(head, "text");
    const int probed = avformat_find_stream_info(container_.get(), nullptr);
    if (probed < 0) refuse_kind(head, io_detail::ffmpeg_error_text(probed));
    const int stream = av_find_best_stream(container_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
    if (stream < 0) refuse_kind(head, "no stream of pictures");
    stream_ = static_cast<unsigned>(stream);
    for (unsigned i = 0; i < container_->nb_streams; ++i) {
      if (i != stream_) container_->streams[i]->discard = AVDISCARD_ALL;
    }
  }

  void open_decoder() {
    const AVCodecParameters* parameters = container_->streams[stream_]->codecpar;
    const AVCodec* codec = avcodec_find_decoder(parameters->codec_id);
    int result = codec == nullptr ? AVERROR_DECODER_NOT_FOUND : 0;
    if (result >= 0) {
      decoder_.reset(avcodec_alloc_context3(codec));
      result =
          decoder_ == nullptr ? AVERROR(ENOMEM) : avcodec_parameters_to_context(decoder_.get(), parameters);
    }
    if (result >= 0) {
      decoder_->pkt_timebase = container_->streams[stream_]->time_base;
      decoder_->max_pixels = std::int64_t{1} << 27;
      decoder_->flags |= AV_CODEC_FLAG_UNALIGNED;  // cropped where the file says, not where it is fast
      // Most decoders say what they guessed (`decode`); these do only when told to stop at every error. Told to
      // do so, others refuse files that are whole (TIFF's for a tag that it does not know).
      const AVCodecID id = parameters->codec_id;
      if (id == AV_CODEC_ID_MJPEG || id == AV_CODEC_ID_PNG || id == AV_CODEC_ID_APNG) {
        decoder_->err_recognition |= AV_EF_CRCCHECK | AV_EF_EXPLODE;
      }
      result = avcodec_open2(decoder_.get(), codec, nullptr);
    }
    if (result < 0) {
      throw format_error(
          fmt::format("{}: the video cannot be decoded ({})", path_, io_detail::ffmpeg_error_text(result)));
    }
  }

  [[noreturn]] void fail_frame(int result) const {
    throw format_error(fmt::format("{}: frame {} is damaged ({})", path_, frames_read_,
                                   io_detail::ffmpeg_error_text(result)));
  }

  /// Decodes the next frame into `decoded_`; false after the last.
  bool decode() {
    while (true) {
      const int received = avcodec_receive_frame(decoder_.get(), decoded_.get());
      if (received == 0) {
        // what a decoder could not read it guesses; a guess is no frame
        const bool guessed =
            decoded_->decode_error_flags != 0 || (decoded_->flags & AV_FRAME_FLAG_CORRUPT) != 0;
        if (guessed) fail_frame(AVERROR_INVALIDDATA);
        return true;
      }
      if (received == AVERROR_EOF) return false;
      if (received != AVERROR(EAGAIN)) fail_frame(received);
      send_packet();
    }
  }

  /// Hands the decoder the next packet of our stream, or the end.
  void send_packet() {
    int result = av_read_frame(container_.get(), packet_.get());
    while (result >= 0 && packet_->stream_index != static_cast<int>(stream_)) {
      av_packet_unref(packet_.get());
      result = av_read_frame(container_.get(), packet_.get());
    }
    if (result < 0 && result != AVERROR_EOF) fail_frame(result);
    if (result >= 0 && (packet_->flags & AV_PKT_FLAG_CORRUPT) != 0) fail_frame(AVERROR_INVALIDDATA);
    const int sent = avcodec_send_packet(decoder_.get(), result < 0 ? nullptr : packet_.get());
    av_packet_unref(packet_.get());
    if (sent < 0) fail_frame(sent);
  }

  const std::uint8_t* stream_matrix() const {
    return io_detail::stream_display_matrix(*container_->streams[stream_]);
  }
  io_detail::FrameDisplay::Size shown_size() {
    return display_.size(
        *decoded_,
        av_guess_sample_aspect_ratio(container_.get(), container_->streams[stream_], decoded_.get()),
        orientation_);
  }

  /// Some readers pass in silence over what they cannot read: Matroska's (WebM's) over everything up to the
  /// next part that is whole, GIF's over a last frame that is cut. Both files say how long they are.
  void refuse_early_end() const {
    const std::string_view kind = container_->iformat->name;
    const AVStream& stream = *container_->streams[stream_];
    if (kind == "gif") {
      require<format_error>(stream.nb_frames <= frames_read_, "{}: the file ends inside frame {}", path_,
                            frames_read_);
    }
    if (!kind.starts_with("matroska") || last_timestamp_ == AV_NOPTS_VALUE) return;
    const double last = static_cast<double>(last_timestamp_) * av_q2d(stream.time_base);
    const double rate = fps() > 0.0 ? fps() : 1.0;
    require<format_error>(said_end() - last <= (std::max)(0.5, 3.0 / rate),
                          "{}: the video ends at {} of {} seconds, the file is damaged or truncated", path_,
                          std::round(last * 1000) / 1000, said_end());
  }

  /// When the video ends by the file's own words, in seconds; 0 when they say nothing of this stream alone.
  double said_end() const {
    const AVStream& stream = *container_->streams[stream_];
    std::int64_t microseconds = 0;
    const AVDictionaryEntry* tag = av_dict_get(stream.metadata, "DURATION", nullptr, 0);  // 00:01:02.5
    if (tag != nullptr && av_parse_time(&microseconds, tag->value, 1) >= 0) {
      return static_cast<double>(microseconds) / 1e6;
    }
    const bool is_alone = container_->nb_streams == 1 && container_->duration != AV_NOPTS_VALUE;
    return is_alone ? static_cast<double>(container_->duration) / AV_TIME_BASE : 0.0;
  }

  /// Key frames are where decoding can begin; the first frame's own source begins there anyway.
  void keep_seek_point() {
#ifdef AV_FRAME_FLAG_KEY
    const bool is_key = (decoded_->flags & AV_FRAME_FLAG_KEY) != 0;
#else
    const bool is_key = decoded_->key_frame != 0;
#endif
    const SeekPoint point{frames_read_, decoded_->best_effort_timestamp};
    if (!is_key || point.place == AV_NOPTS_VALUE) return;
    const bool is_later = seek_points_.empty() || (seek_points_.back().frame < point.frame &&
                                                   seek_points_.back().place < point.place);
    if (is_later) seek_points_.push_back(point);
  }

  void refuse_other_size() {
    orientation_ = io_detail::frame_orientation(*decoded_, stream_matrix(), path_, file_tag_);
    const io_detail::FrameDisplay::Size size = shown_size();
    require<format_error>(size == size_,
                          "{}: frame {} is {} x {} pixels, the first one {} x {}; a video "
                          "whose size changes is not read",
                          path_, frames_read_, size.width, size.height, size_.width, size_.height);
  }

  std::string path_;
  io_detail::InputContainer container_;
  unsigned stream_ = 0;
  io_detail::CodecContext decoder_;
  io_detail::PacketPointer packet_;
  io_detail::FramePointer decoded_;
  io_detail::FrameDisplay display_;
  int file_tag_ = 0;  // an orientation that FFmpeg does not give
  io_detail::Orientation orientation_;
  io_detail::FrameDisplay::Size size_;
  bool waits_ = true;  // the frame that was decoded has not been given yet
  index_t frames_read_ = 0;
  std::vector<SeekPoint> seek_points_;
  std::int64_t first_timestamp_ = AV_NOPTS_VALUE;
  std::int64_t last_timestamp_ = AV_NOPTS_VALUE;
};

/// Reads any picture that FFmpeg understands; of a video its first frame.
/// @throws io_error when the file cannot be opened
/// @throws format_error when it is no picture, as `FfmpegSource`
inline Image read_image(const std::string& path) {
  FfmpegSource source(path);
  VideoFrame frame;
  source.next_frame(frame);
  return std::move(frame.image);
}

}  // namespace flashvideo
