// SPDX-License-Identifier: MIT
#include "flashvideo/io/ffmpeg_mp4.hpp"

#include "flashvideo/io/ffmpeg_source.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_pictures.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

TEST_CASE("Mp4Sink: flat pictures in the world's colours stay within 3 levels, with either encoder") {
  for (const Mp4Encoder encoder : {Mp4Encoder::H264, Mp4Encoder::Mpeg4}) {
    const TemporaryFolder folder;
    Mp4Sink sink(folder.file("a.mp4"), {.fps = 8, .scale = 4}, encoder);
    for (const Rgb colour : world_colours) sink.write(Image(16, 16, colour));
    sink.finish();
    FfmpegSource source(folder.file("a.mp4"));
    VideoFrame frame;
    for (const Rgb colour : world_colours) {
      REQUIRE(source.next_frame(frame));
      CHECK(largest_difference(frame.image, Image(64, 64, colour)) <= 3);
    }
  }
}

TEST_CASE("Mp4Sink: the same frames give the same bytes") {
  const TemporaryFolder folder;
  for (const char* name : {"a.mp4", "b.mp4"}) {
    Mp4Sink sink(folder.file(name));
    for (index_t t = 0; t < 5; ++t) sink.write(gradient(32, 32, t));
    sink.finish();
  }
  CHECK(read_text(folder.file("a.mp4")) == read_text(folder.file("b.mp4")));
}

TEST_CASE("Mp4Sink: odd extents are extended by one repeated row and column") {
  const TemporaryFolder folder;
  Mp4Sink sink(folder.file("a.mp4"));
  sink.write(Image(15, 17, {60, 200, 80}));
  sink.finish();
  FfmpegSource source(folder.file("a.mp4"));
  VideoFrame frame;
  REQUIRE(source.next_frame(frame));
  CHECK(largest_difference(frame.image, Image(16, 18, {60, 200, 80})) <= 3);
}
