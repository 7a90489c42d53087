// SPDX-License-Identifier: MIT
#include "flashvideo/io/ffmpeg_writer.hpp"

#include <array>

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

TEST_CASE("FfmpegWriter: an encoder that FFmpeg lacks, or extents it refuses, is one sentence") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.mp4");
  const auto nothing = [](AVCodecContext&) {};
  {
    FfmpegWriter writer(path);
    CHECK_THROWS_WITH(writer.open("mp4", std::array{"no_such"}, AV_PIX_FMT_YUV420P, 16, 16, {}, nothing),
                      "cannot write " + path + ": FFmpeg has no encoder no_such");
  }
  {
    FfmpegWriter writer(path);
    CHECK_THROWS_AS(writer.open("mp4", std::array{"mpeg4"}, AV_PIX_FMT_YUV420P, -1, 16, {}, nothing),
                    io_error);
  }
  CHECK(folder.names().empty());
}

TEST_CASE("FfmpegWriter: takes the first encoder that is there") {
  const TemporaryFolder folder;
  FfmpegWriter writer(folder.file("a.mp4"));
  std::string chosen;
  writer.open("mp4", std::array{"no_such", "mpeg4"}, AV_PIX_FMT_YUV420P, 16, 16, {},
              [&](AVCodecContext& encoder) { chosen = encoder.codec->name; });
  CHECK(chosen == "mpeg4");
}
