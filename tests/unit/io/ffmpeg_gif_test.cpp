// SPDX-License-Identifier: MIT
#include "flashvideo/io/ffmpeg_gif.hpp"

#include "flashvideo/io/ffmpeg_source.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_pictures.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

TEST_CASE("GifSink: frames of at most 256 colours each are kept exactly, though their colours differ") {
  const TemporaryFolder folder;
  const auto frame_at = [](index_t t) {
    Image image = flat_fields(24, 24, t);
    for (index_t x = 0; x < 24; ++x) {  // 24 new colours in every frame
      image.set(t % 24, x, {static_cast<std::uint8_t>(7 * t), static_cast<std::uint8_t>(10 * x), 33});
    }
    return image;
  };
  GifSink sink(folder.file("a.gif"), {.fps = 10, .scale = 3});
  for (index_t t = 0; t < 30; ++t) sink.write(frame_at(t));
  sink.finish();
  FfmpegSource source(folder.file("a.gif"));
  VideoFrame frame;
  for (index_t t = 0; t < 30; ++t) {
    REQUIRE(source.next_frame(frame));
    CHECK(frame.image == scale_nearest(frame_at(t), 3));
    CHECK(frame.seconds == Approx(0.1 * static_cast<double>(t)).margin(1e-6));
  }
  CHECK_FALSE(source.next_frame(frame));
}

TEST_CASE("GifSink: frames of many colours stay near") {
  const TemporaryFolder folder;
  GifSink sink(folder.file("a.gif"));
  for (index_t t = 0; t < 3; ++t) sink.write(gradient(64, 64, t));
  sink.finish();
  FfmpegSource source(folder.file("a.gif"));
  VideoFrame frame;
  for (index_t t = 0; t < 3; ++t) {
    REQUIRE(source.next_frame(frame));
    CHECK(largest_difference(frame.image, gradient(64, 64, t)) <= 24);
  }
}

TEST_CASE("GifSink: repeats endlessly, and refuses a rate that no player follows") {
  const TemporaryFolder folder;
  GifSink sink(folder.file("a.gif"));
  for (index_t t = 0; t < 2; ++t) sink.write(flat_fields(8, 8, t));
  sink.finish();
  CHECK(read_text(folder.file("a.gif")).find(std::string("NETSCAPE2.0\x03\x01\0\0", 15)) !=
        std::string::npos);
  CHECK_THROWS_WITH(GifSink(folder.file("b.gif"), {.fps = 60}), "GifSink: fps is 60, expected <= 50");
}
