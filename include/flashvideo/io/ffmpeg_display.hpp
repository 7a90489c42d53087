// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// From a decoded frame to the picture that a player shows (component Video). Written against the API
/// common to FFmpeg 4.4 .. 7.

#include "flashvideo/io/ffmpeg_common.hpp"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "flashvideo/core/error.hpp"
#include "flashvideo/io/image.hpp"

namespace flashvideo::io_detail {

/// How a stored picture is turned and mirrored when shown: flips of the stored rows and columns, then rows
/// and columns change places if `transposed`.
struct Orientation {
  bool transposed = false;
  bool flip_rows = false;
  bool flip_columns = false;
  friend bool operator==(const Orientation&, const Orientation&) = default;
};

/// Of the nine numbers of a display matrix (a, b, u, c, d, v, x, y, w): stored (x, y) is shown at
/// (a x + c y, b x + d y). Nothing for a turn that is not by quarters.
inline std::optional<Orientation> orientation_of_matrix(const std::uint8_t* bytes) {
  std::array<std::int32_t, 9> matrix{};
  std::memcpy(matrix.data(), bytes, sizeof(matrix));
  const double a = matrix[0], b = matrix[1], c = matrix[3], d = matrix[4];
  const double straight = (std::min)(std::abs(a), std::abs(d));
  const double across = (std::min)(std::abs(b), std::abs(c));
  if (straight == 0 && across == 0)
    return a == 0 && b == 0 && c == 0 && d == 0 ? std::optional(Orientation{}) : std::nullopt;
  constexpr double rounding = 0.01;
  if ((std::max)(std::abs(b), std::abs(c)) <= rounding * straight) return Orientation{false, d < 0, a < 0};
  if ((std::max)(std::abs(a), std::abs(d)) <= rounding * across) return Orientation{true, c < 0, b < 0};
  return std::nullopt;
}

/// Of Exif's number 1 .. 8; any other is as good as none.
inline Orientation orientation_of_exif(int number) {
  constexpr std::array<Orientation, 9> orientations{{{},
                                                     {false, false, false},
                                                     {false, false, true},
                                                     {false, true, true},
                                                     {false, true, false},
                                                     {true, false, false},
                                                     {true, true, false},
                                                     {true, true, true},
                                                     {true, false, true}}};
  return number >= 1 && number <= 8 ? orientations[static_cast<std::size_t>(number)] : Orientation{};
}

/// The display matrix of a stream, or nullptr. FFmpeg keeps it with the stream up to version 6.0, with the
/// codec's parameters from 6.1 on: the members that are there decide.
template <typename Stream>
const std::uint8_t* stream_display_matrix(const Stream& stream) {
  const auto find = [](const AVPacketSideData* data, int count) -> const std::uint8_t* {
    for (int i = 0; i < count; ++i) {
      if (data[i].type == AV_PKT_DATA_DISPLAYMATRIX && data[i].size >= 36) return data[i].data;
    }
    return nullptr;
  };
  if constexpr (requires { stream.codecpar->coded_side_data; }) {
    return find(stream.codecpar->coded_side_data, stream.codecpar->nb_coded_side_data);
  } else {
    return find(stream.side_data, stream.nb_side_data);
  }
}

/// How a frame is to be turned: by its own matrix, else by its Exif tag, else by the stream's matrix, else by
/// the tag of the file.
/// @throws format_error for a turn that is not by quarters
inline Orientation frame_orientation(const AVFrame& frame, const std::uint8_t* stream_matrix,
                                     const std::string& path, int file_tag = 0) {
  const std::uint8_t* matrix = stream_matrix;
  if (const AVFrameSideData* own = av_frame_get_side_data(&frame, AV_FRAME_DATA_DISPLAYMATRIX)) {
    matrix = own->data;
  } else if (const AVDictionaryEntry* tag = av_dict_get(frame.metadata, "Orientation", nullptr, 0)) {
    return orientation_of_exif(std::atoi(tag->value));
  }
  if (matrix == nullptr) return orientation_of_exif(file_tag);
  const std::optional<Orientation> orientation = orientation_of_matrix(matrix);
  require<format_error>(orientation.has_value(),
                        "{}: the picture is turned by an angle, expected quarter turns", path);
  return *orientation;
}

/// Turns decoded frames into the pictures that a player shows: RGB, pixels made square by a wider or
/// narrower picture, transparency over black, turned and mirrored.
class FrameDisplay {
 public:
  explicit FrameDisplay(std::string path) : path_(std::move(path)) {}

  /// Extents as shown.
  struct Size {
    index_t height = 0;
    index_t width = 0;
    friend bool operator==(const Size&, const Size&) = default;
  };

  /// @param pixel_aspect width of a pixel over its height; 0 when unknown
  Size size(const AVFrame& frame, AVRational pixel_aspect, const Orientation& orientation) const {
    const double aspect = pixel_aspect.num > 0 && pixel_aspect.den > 0 ? av_q2d(pixel_aspect) : 1.0;
    const double width = (std::max)(1.0, std::round(frame.width * aspect));
    require<format_error>(width * frame.height <= max_pixels,
                          "{}: pixels of {} x {} would make it {} pixels wide", path_, pixel_aspect.num,
                          pixel_aspect.den, width);
    const Size upright{frame.height, static_cast<index_t>(width)};
    return orientation.transposed ? Size{upright.width, upright.height} : upright;
  }

  /// @param size what `size` gave for this frame
  void convert(const AVFrame& frame, const Orientation& orientation, Size size, Image& image) {
    const AVPixelFormat format = static_cast<AVPixelFormat>(frame.format);
    const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(format);
    const bool transparent = description != nullptr && (description->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
    const AVPixelFormat wanted = transparent ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24;
    const int width = static_cast<int>(orientation.transposed ? size.height : size.width);
    // Exact rounding and full chroma resolution: the fast paths are several levels off.
    scaler_.reset(sws_getCachedContext(
        scaler_.release(), frame.width, frame.height, format, width, frame.height, wanted,
        SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT, nullptr, nullptr, nullptr));
    require<format_error>(scaler_ != nullptr, "{}: FFmpeg cannot turn its pixels into RGB", path_);
    const bool is_full_range = frame.color_range == AVCOL_RANGE_JPEG || format == AV_PIX_FMT_YUVJ420P ||
                               format == AV_PIX_FMT_YUVJ422P || format == AV_PIX_FMT_YUVJ444P;
    sws_setColorspaceDetails(scaler_.get(), sws_getCoefficients(frame.colorspace), is_full_range ? 1 : 0,
                             sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16, 1 << 16);
    if (rgb_ == nullptr || rgb_->format != wanted || rgb_->width != width || rgb_->height != frame.height) {
      rgb_.reset(ffmpeg_allocated(av_frame_alloc()));  // padded rows: swscale may write beyond a row's end
      rgb_->format = wanted;
      rgb_->width = width;
      rgb_->height = frame.height;
      if (av_frame_get_buffer(rgb_.get(), 0) < 0) throw std::bad_alloc();
    }
    sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, rgb_->data, rgb_->linesize);
    if (transparent) put_over_black();
    if (image.height() != size.height || image.width() != size.width) image = Image(size.height, size.width);
    copy(orientation, transparent ? 4 : 3, image);
  }

 private:
  static constexpr double max_pixels = 1 << 27;

  void put_over_black() {
    for (int y = 0; y < rgb_->height; ++y) {
      std::uint8_t* pixel = rgb_->data[0] + y * rgb_->linesize[0];
      for (int x = 0; x < rgb_->width; ++x, pixel += 4) {
        for (int c = 0; c < 3; ++c) pixel[c] = static_cast<std::uint8_t>((pixel[c] * pixel[3] + 127) / 255);
      }
    }
  }

  void copy(const Orientation& orientation, index_t bytes_per_pixel, Image& image) const {
    for (index_t y = 0; y < image.height(); ++y) {
      std::uint8_t* out = image.row(y);
      if (orientation == Orientation{} && bytes_per_pixel == 3) {
        std::copy_n(rgb_->data[0] + y * rgb_->linesize[0], image.width() * 3, out);
        continue;
      }
      for (index_t x = 0; x < image.width(); ++x, out += 3) {
        index_t row = orientation.transposed ? x : y;
        index_t column = orientation.transposed ? y : x;
        if (orientation.flip_rows) row = rgb_->height - 1 - row;
        if (orientation.flip_columns) column = rgb_->width - 1 - column;
        std::copy_n(rgb_->data[0] + row * rgb_->linesize[0] + column * bytes_per_pixel, 3, out);
      }
    }
  }

  std::string path_;
  FramePointer rgb_;
  ScalerPointer scaler_;
};

}  // namespace flashvideo::io_detail
