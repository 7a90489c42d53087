// SPDX-License-Identifier: MIT
#include "flashvideo/io/video.hpp"

#include <cmath>
#include <limits>

#include "support/catch.hpp"

using namespace flashvideo;

namespace {

class CountingSink final : public VideoSink {
 public:
  int frames = 0;
  int ends = 0;

 private:
  void write_frame(const Image&) override { ++frames; }
  void finish_file() override { ++ends; }
};

}  // namespace

TEST_CASE("frame_rate: whole, film and decimal rates are exact quotients") {
  CHECK(frame_rate(8) == FrameRate{8, 1});
  CHECK(frame_rate(12.5) == FrameRate{25, 2});
  CHECK(frame_rate(24000.0 / 1001.0) == FrameRate{24000, 1001});
  CHECK(frame_rate(29.97) == FrameRate{30000, 1001});
  CHECK(frame_rate(0.001) == FrameRate{1, 1000});
  for (const double wrong : {0.0, -1.0, 1001.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    CHECK_THROWS_AS(frame_rate(wrong), value_error);
  }
}

TEST_CASE("VideoSink: refuses frames that differ in extents, are empty, or come after the end") {
  CountingSink sink;
  sink.write(Image(4, 6));
  CHECK_THROWS_WITH(sink.write(Image(4, 5)), "VideoSink::write: frame 1 is 5 x 4 pixels, expected 6 x 4");
  CHECK_THROWS_AS(sink.write(Image()), value_error);
  sink.write(Image(4, 6));
  sink.finish();
  CHECK(sink.frame_count() == 2);
  CHECK(sink.frames == 2);
  CHECK(sink.ends == 1);
  CHECK_THROWS_AS(sink.write(Image(4, 6)), value_error);
  CHECK_THROWS_AS(sink.finish(), value_error);
}

TEST_CASE("VideoSink: a video of no frames cannot be finished") {
  CountingSink sink;
  CHECK_THROWS_WITH(sink.finish(), "VideoSink::finish: no frame was written");
}
