// SPDX-License-Identifier: MIT
#include "flashvideo/data/video_cursors.hpp"

#include <algorithm>
#include <numeric>
#include <random>
#include <thread>

#include "support/catch.hpp"

using namespace flashvideo;

namespace {

/// A video of 1 x 1 pictures that say video and frame; every 50th frame can be gone to.
class NumberedSource final : public VideoSource {
 public:
  NumberedSource(index_t video, index_t count, bool can_seek)
      : video_(video), count_(count), can_seek_(can_seek) {}
  bool next_frame(VideoFrame& frame) override {
    if (next_ == count_) return false;
    frame.image = Image(1, 1,
                        {static_cast<std::uint8_t>(video_), static_cast<std::uint8_t>(next_ / 256),
                         static_cast<std::uint8_t>(next_ % 256)});
    ++next_;
    return true;
  }
  std::vector<SeekPoint> seek_points() const override {
    std::vector<SeekPoint> points;
    for (index_t frame = 0; frame < count_; frame += 50) points.push_back({frame, frame});
    return points;
  }
  bool seek(const SeekPoint& point) override {
    next_ = can_seek_ ? point.frame : count_;
    return can_seek_;
  }
  index_t height() const override { return 1; }
  index_t width() const override { return 1; }
  double fps() const override { return 8; }

 private:
  index_t video_, count_;
  bool can_seek_;
  index_t next_ = 0;
};

struct Videos {
  Videos(index_t videos, index_t frames, bool can_seek)
      : points(NumberedSource(0, frames, can_seek).seek_points()),
        cursors([=, this](index_t i) {
          ++opened;
          return std::make_unique<NumberedSource>(i, frames, can_seek);
        }),
        count(videos) {}
  /// Reads and checks `length` frames of a video from `first` on.
  bool read(index_t video, index_t first, index_t length, index_t step = 1) {
    std::vector<index_t> frames;
    for (index_t i = 0; i < length; ++i) frames.push_back(first + i * step);
    std::size_t taken = 0;
    bool right = true;
    const bool whole = cursors.read(video, frames, points, [&](const Image& image) {
      const index_t frame = frames[taken++];
      right = right &&
              image.get(0, 0) == Rgb{static_cast<std::uint8_t>(video), static_cast<std::uint8_t>(frame / 256),
                                     static_cast<std::uint8_t>(frame % 256)};
    });
    return whole && right && taken == frames.size();
  }

  std::vector<SeekPoint> points;
  std::atomic<index_t> opened = 0;
  VideoCursors cursors;
  index_t count;
};

}  // namespace

TEST_CASE("VideoCursors: reading on decodes each frame once, however long the video is") {
  for (const bool can_seek : {false, true}) {
    for (const index_t frames : {1000, 2000}) {
      Videos videos(1, frames, can_seek);
      for (index_t first = 0; first + 17 <= frames; first += 17) REQUIRE(videos.read(0, first, 17));
      CHECK(videos.cursors.frames_decoded() <= frames);
      CHECK(videos.opened == 1);
    }
  }
}

TEST_CASE("VideoCursors: a last frame that comes again is not decoded again") {
  Videos videos(1, 100, false);
  REQUIRE(videos.read(0, 0, 10));
  REQUIRE(videos.read(0, 9, 10));
  CHECK(videos.cursors.frames_decoded() == 19);
}

TEST_CASE("VideoCursors: in any order the way to a frame is no longer than from the seek point before it") {
  Videos videos(1, 2000, true);
  std::vector<index_t> order(117);
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937(1));
  for (const index_t clip : order) REQUIRE(videos.read(0, 17 * clip, 17));
  CHECK(videos.cursors.frames_decoded() <= 117 * (17 + 50 + 16));
}

TEST_CASE("VideoCursors: seek points that lead nowhere are tried once, and the frames are the same") {
  Videos videos(1, 1000, false);
  REQUIRE(videos.read(0, 500, 17));
  CHECK(videos.opened == 2);  // the one that could not go there, and the one that reads from the start
  REQUIRE(videos.read(0, 617, 17, 3));
  CHECK(videos.opened == 2);
  CHECK(videos.cursors.frames_decoded() == 617 + 16 * 3 + 1);
  REQUIRE(videos.read(0, 3, 17));
  CHECK(videos.opened == 3);
}

TEST_CASE("VideoCursors: several threads and more videos than stay open read what each asked for") {
  Videos videos(12, 300, true);
  std::atomic<index_t> wrong = 0;
  std::vector<std::thread> threads;
  for (index_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (index_t i = thread; i < 400; i += 4) {
        const index_t clip = i * 7919 % 400;
        if (!videos.read(clip % videos.count, clip * 17 % 280, 17)) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("VideoCursors: says when a video ends before the frames do") {
  Videos videos(1, 20, true);
  CHECK_FALSE(videos.read(0, 10, 17));
  CHECK(videos.read(0, 3, 17));
}
