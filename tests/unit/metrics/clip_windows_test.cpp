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
  CHECK_THROWS_AS((ClipWindows{.runs = 0}.check()), value_error);
  CHECK_THROWS_AS((ClipWindows{.crops = 0}.check()), value_error);
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

TEST_CASE(
    "ClipWindows: spread runs reach both ends, each is taken with every crop, one stands in the middle") {
  const ClipWindows spread{.frames = 4, .choice = ClipChoice::spread, .runs = 2, .crops = 3};
  REQUIRE(spread.count(11) == 6);
  CHECK(spread.count(3) == 0);
  std::set<std::pair<index_t, index_t>> met;
  for (index_t clip = 0; clip < 6; ++clip) {
    CHECK(spread.crop(clip).of == 3);
    met.emplace(spread.first_frame(11, 0, clip), spread.crop(clip).number);
  }
  CHECK(met == std::set<std::pair<index_t, index_t>>{{0, 0}, {0, 1}, {0, 2}, {7, 0}, {7, 1}, {7, 2}});
  const ClipWindows three{.frames = 4, .choice = ClipChoice::spread, .runs = 3};
  CHECK(three.first_frame(11, 0, 1) == 3);
  CHECK(three.crop(1) == CropPlace{});
  CHECK(ClipWindows{.frames = 4, .choice = ClipChoice::spread}.first_frame(11, 0, 0) == 3);
  const ClipWindows every{.frames = 4, .choice = ClipChoice::every_window, .crops = 2};
  CHECK(every.count(6) == 6);
  CHECK(every.first_frame(6, 0, 5) == 2);
  CHECK(every.crop(4) == CropPlace{0, 2});
}
