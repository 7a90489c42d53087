// SPDX-License-Identifier: MIT
#include "flashvideo/metrics/clip_windows.hpp"

#include <set>

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("ClipWindows: how many clips a video has, and where they begin") {
  const ClipWindows every{.frames = 4, .stride = 3, .choice = ClipChoice::every_window};
  CHECK(every.reach() == 10);
  CHECK(every.count(9) == 0);
  CHECK(every.count(10) == 1);
  CHECK(every.count(15) == 6);
  CHECK(every.first_frame(15, 3, 5) == 5);
  const ClipWindows first{.frames = 4, .stride = 3};
  CHECK(first.count(15) == 1);
  CHECK(first.first_frame(15, 3, 0) == 0);
  CHECK_THROWS_AS((ClipWindows{.frames = 0}.check()), value_error);
  CHECK_THROWS_AS((ClipWindows{.stride = 0}.check()), value_error);
}

TEST_CASE("ClipWindows: a random run is a function of seed and video, and every run is met") {
  const ClipWindows random{.frames = 4, .choice = ClipChoice::random, .seed = 1};
  std::set<index_t> met;
  for (std::uint64_t video = 0; video < 200; ++video) {
    met.insert(random.first_frame(10, video, 0));
    CHECK(random.first_frame(10, video, 0) == random.first_frame(10, video, 0));
  }
  CHECK(met == std::set<index_t>{0, 1, 2, 3, 4, 5, 6});
  CHECK(random.count(10) == 1);
  ClipWindows other = random;
  other.seed = 2;
  bool differs = false;
  for (std::uint64_t video = 0; video < 20; ++video)
    differs = differs || other.first_frame(10, video, 0) != random.first_frame(10, video, 0);
  CHECK(differs);
}
