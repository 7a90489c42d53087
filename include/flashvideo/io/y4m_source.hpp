// SPDX-License-Identifier: MIT
#pragma once

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/io/atomic_file.hpp"
#include "flashvideo/io/file_kind.hpp"
#include "flashvideo/io/image.hpp"
#include "flashvideo/io/video.hpp"
#include "flashvideo/io/yuv.hpp"

namespace flashvideo {

/// Reads YUV4MPEG2 with 8-bit 4:4:4, 4:2:2, 4:2:0 or grey samples, limited or full range; each colour
/// difference sample holds for the pixels that share it; pixels that are not square are made so by a wider
/// or narrower picture.
/// @throws format_error naming path and byte when the file is empty, damaged, truncated, unsupported or has no
/// frames
class Y4mSource final : public VideoSource {
 public:
  /// Reads the header.
  /// @throws io_error when the file cannot be opened
  explicit Y4mSource(std::string path) : path_(std::move(path)), file_(std::fopen(path_.c_str(), "rb")) {
    if (file_ == nullptr) throw_io_error("open", path_, errno);
    struct stat status {};
    if (::fstat(::fileno(file_.get()), &status) != 0) throw_io_error("read", path_, errno);
    if (S_ISDIR(status.st_mode)) throw_io_error("read", path_, EISDIR);
    if (S_ISREG(status.st_mode)) bytes_left_ = status.st_size;
    parse_header(read_line());
    if (!read_frame()) fail("the video has no frames");
  }

  bool next_frame(VideoFrame& frame) override {
    if (!skip_frame(frame)) return false;
    convert(frame.image);
    return true;
  }

  bool skip_frame(VideoFrame& frame) override {
    if (!std::exchange(waits_, false) && !read_frame()) return false;
    frame.seconds = static_cast<double>(frames_read_) / rate_.value();
    ++frames_read_;
    return true;
  }

  std::vector<SeekPoint> seek_points() const override { return seek_points_; }
  bool seek(const SeekPoint& point) override {
    if (::fseeko(file_.get(), point.place, SEEK_SET) != 0) return false;
    advance(point.place - offset_);
    frames_read_ = point.frame;
    waits_ = false;
    return true;
  }

  index_t height() const override { return height_; }
  index_t width() const override { return shown_width_; }
  double fps() const override { return rate_.value(); }

 private:
  static constexpr std::size_t max_line = 4096;
  static constexpr index_t max_extent = 1 << 15;

  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  [[noreturn]] void fail(std::string_view reason) const {
    throw format_error(formatted_message("{}, byte {}: {}", path_, offset_, reason));
  }

  /// The text up to the next line's end; empty at the end of the file.
  std::string read_line() {
    std::string line;
    for (int c = std::getc(file_.get()); c != EOF && c != '\n'; c = std::getc(file_.get())) {
      line += static_cast<char>(c);
      if (line.size() > max_line) fail_kind(line);
    }
    if (std::ferror(file_.get()) != 0) throw_io_error("read", path_, errno);
    return line;
  }

  /// Says what the file is when it is no Y4M.
  [[noreturn]] void fail_kind(const std::string& line) const {
    refuse_empty_or_pointer(path_, line);
    const std::string_view kind = file_kind(line);
    fail(formatted_message("the file is {}, expected a Y4M video", kind.empty() ? "of unknown kind" : kind));
  }

  index_t parse_extent(std::string_view text) const {
    index_t value = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    if (result.ec != std::errc() || result.ptr != text.data() + text.size() || value < 1 ||
        value > max_extent) {
      fail(formatted_message("the extent \"{}\" is outside 1 to {}", text, max_extent));
    }
    return value;
  }

  /// "30000:1001"; false for anything else.
  static bool parse_quotient(std::string_view text, FrameRate& quotient) {
    const char* last = text.data() + text.size();
    const auto numerator = std::from_chars(text.data(), last, quotient.numerator);
    const bool has_colon = numerator.ec == std::errc() && numerator.ptr != last && *numerator.ptr == ':';
    return has_colon && std::from_chars(numerator.ptr + 1, last, quotient.denominator).ec == std::errc();
  }

  void parse_rate(std::string_view text) {
    if (!parse_quotient(text, rate_) || rate_.numerator < 1 || rate_.denominator < 1) {
      fail(formatted_message("the frame rate \"{}\" is no quotient of numbers >= 1", text));
    }
  }

  /// Width of a pixel over its height; 0:0 is unknown.
  void parse_aspect(std::string_view text) {
    FrameRate aspect;
    if (!parse_quotient(text, aspect))
      fail(formatted_message("the aspect of pixels \"{}\" is no quotient", text));
    pixel_aspect_ = aspect.numerator > 0 && aspect.denominator > 0 ? aspect.value() : 1.0;
  }

  void parse_chroma(std::string_view text) {
    if (text == "444") {
      shift_x_ = shift_y_ = 0;
    } else if (text == "422") {
      shift_x_ = 1;
      shift_y_ = 0;
    } else if (text == "mono") {
      is_grey_ = true;
    } else if (text != "420" && text != "420jpeg" && text != "420mpeg2" && text != "420paldv") {
      fail(formatted_message("the samples are C{}, expected C444, C422, C420 or Cmono with 8 bits", text));
    }
  }

  void parse_header(const std::string& line) {
    constexpr std::string_view magic = "YUV4MPEG2";
    if (!line.starts_with(magic) || (line.size() > magic.size() && line[magic.size()] != ' '))
      fail_kind(line);
    for (std::size_t at = magic.size(); at < line.size();) {
      const std::size_t begin = at + 1;
      at = (std::min)(line.find(' ', begin), line.size());
      const std::string_view field = std::string_view(line).substr(begin, at - begin);
      if (field.empty()) continue;
      const std::string_view value = field.substr(1);
      if (field[0] == 'W') width_ = parse_extent(value);
      if (field[0] == 'H') height_ = parse_extent(value);
      if (field[0] == 'F') parse_rate(value);
      if (field[0] == 'C') parse_chroma(value);
      if (field[0] == 'A') parse_aspect(value);
      if (field == "XCOLORRANGE=FULL") is_full_range_ = true;
    }
    if (width_ == 0 || height_ == 0) fail("the header names no width or no height");
    shown_width_ = std::max<index_t>(1, std::llround(static_cast<double>(width_) * pixel_aspect_));
    if (shown_width_ > max_extent) fail(formatted_message("its pixels would make it {} wide", shown_width_));
    advance(static_cast<index_t>(line.size()) + 1);
    const index_t chroma = is_grey_ ? 0 : 2 * chroma_width() * ((height_ + (1 << shift_y_) - 1) >> shift_y_);
    frame_bytes_ = height_ * width_ + chroma;
  }

  index_t chroma_width() const { return (width_ + (1 << shift_x_) - 1) >> shift_x_; }

  void advance(index_t bytes) {
    offset_ += bytes;
    if (bytes_left_) *bytes_left_ -= bytes;
  }

  /// Reads a frame's samples; false at the end of the file.
  bool read_frame() {
    const std::string line = read_line();
    if (line.empty() && std::feof(file_.get()) != 0) return false;
    if (!line.starts_with("FRAME")) fail(formatted_message("expected FRAME {}", frames_read_));
    if (static_cast<index_t>(seek_points_.size()) == frames_read_)
      seek_points_.push_back({frames_read_, offset_});
    advance(static_cast<index_t>(line.size()) + 1);
    // Checked before memory is taken, so that a damaged header cannot ask for gigabytes.
    const bool is_whole = !bytes_left_ || *bytes_left_ >= frame_bytes_;
    if (is_whole) samples_.resize(static_cast<std::size_t>(frame_bytes_));
    if (!is_whole || std::fread(samples_.data(), 1, samples_.size(), file_.get()) != samples_.size()) {
      fail(formatted_message("the file is truncated in frame {}", frames_read_));
    }
    advance(frame_bytes_);
    return true;
  }

  void convert(Image& image) const {
    convert_samples(image);
    if (shown_width_ != width_) image = resize_area(image, height_, shown_width_);
  }

  void convert_samples(Image& image) const {
    if (image.height() != height_ || image.width() != width_) image = Image(height_, width_);
    const std::uint8_t* luma = samples_.data();
    const std::uint8_t* u = luma + height_ * width_;
    const std::uint8_t* v = u + (frame_bytes_ - height_ * width_) / 2;
    for (index_t y = 0; y < height_; ++y) {
      for (index_t x = 0; x < width_; ++x) {
        Yuv colour{luma[y * width_ + x], 128, 128};
        if (!is_grey_) {
          const index_t at = (y >> shift_y_) * chroma_width() + (x >> shift_x_);
          colour.u = u[at];
          colour.v = v[at];
        }
        image.set(y, x, is_full_range_ ? full_range_yuv_to_rgb(colour) : yuv_to_rgb(colour));
      }
    }
  }

  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
  std::optional<index_t> bytes_left_;  // known for regular files
  index_t offset_ = 0;
  index_t height_ = 0;
  index_t width_ = 0;
  FrameRate rate_{25, 1};
  int shift_x_ = 1;  // the format's default is 4:2:0
  int shift_y_ = 1;
  bool is_grey_ = false;
  bool is_full_range_ = false;
  index_t frame_bytes_ = 0;
  double pixel_aspect_ = 1.0;
  index_t shown_width_ = 0;
  bool waits_ = true;  // the frame that was read has not been given yet
  index_t frames_read_ = 0;
  std::vector<SeekPoint> seek_points_;
  std::vector<std::uint8_t> samples_;
};

}  // namespace flashvideo
