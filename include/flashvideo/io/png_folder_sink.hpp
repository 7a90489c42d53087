// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>
#include <string>
#include <utility>

#include "flashvideo/core/error.hpp"
#include "flashvideo/io/atomic_folder.hpp"
#include "flashvideo/io/ffmpeg_png.hpp"
#include "flashvideo/io/image.hpp"
#include "flashvideo/io/video.hpp"

namespace flashvideo {

/// Writes a video as a folder of 000000.png, 000001.png, ... that appear together at `finish`; what an
/// earlier run wrote there stays until then. A folder with any other file is refused (see
/// `AtomicFolder`).
/// @code
/// PngFolderSink sink("frames", {.scale = 4});
/// sink.write(frame);
/// sink.finish();
/// @endcode
class PngFolderSink final : public VideoSink {
 public:
  /// @throws io_error when the folder cannot be written or holds another file
  /// @throws value_error unless settings.scale >= 1
  explicit PngFolderSink(std::string folder, VideoSinkOptions settings = {})
      : scale_(settings.scale), folder_(std::move(folder)) {
    require<value_error>(scale_ >= 1, "PngFolderSink: scale is {}, expected >= 1", scale_);
  }

 private:
  void write_frame(const Image& frame) override {
    scale_nearest(frame, scale_, scaled_);
    folder_.write(fmt::format("{:06}.png", frame_count()), encode_png(scaled_));
  }
  void finish_file() override { folder_.commit(); }

  index_t scale_;
  AtomicFolder folder_;
  Image scaled_;
};

}  // namespace flashvideo
