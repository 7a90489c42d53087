// SPDX-License-Identifier: MIT
#include "flashvideo/io/ffmpeg_common.hpp"

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("silence_ffmpeg: FFmpeg prints nothing unless the program asked for it") {
  io_detail::silence_ffmpeg();
  CHECK(av_log_get_level() == AV_LOG_QUIET);
  av_log_set_level(AV_LOG_DEBUG);
  io_detail::silence_ffmpeg();
  CHECK(av_log_get_level() == AV_LOG_DEBUG);
  av_log_set_level(AV_LOG_QUIET);
}

TEST_CASE("ffmpeg_error_text: gives FFmpeg's words") {
  CHECK(io_detail::ffmpeg_error_text(AVERROR_INVALIDDATA) == "Invalid data found when processing input");
}
