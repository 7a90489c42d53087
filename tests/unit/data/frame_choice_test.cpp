// SPDX-License-Identifier: MIT
#include "flashvideo/data/frame_choice.hpp"

#include "support/catch.hpp"

using namespace flashvideo;

namespace {

std::vector<double> times(index_t count, double rate, double start = 0, double unit = 0) {
  std::vector<double> seconds;
  for (index_t i = 0; i < count; ++i) {
    const double exact = start + static_cast<double>(i) / rate;
    seconds.push_back(unit > 0 ? std::round(exact / unit) * unit : exact);
  }
  return seconds;
}

std::vector<index_t> counting(index_t count, index_t step = 1, index_t repeats = 1) {
  std::vector<index_t> frames;
  for (index_t i = 0; i < count; ++i) frames.push_back(i / repeats * step);
  return frames;
}

}  // namespace

TEST_CASE("resampled_frames: a video of the wanted rate is taken frame by frame, also with rounded times") {
  for (const double rate : {8.0, 12.5, 23.976, 24.0, 25.0, 29.97, 60.0}) {
    for (const double unit : {0.0, 0.001}) {
      for (const index_t count : {1, 2, 17, 500}) {
        INFO(rate << " " << unit << " " << count);
        CHECK(resampled_frames(times(count, rate, 3.5, unit), rate) == counting(count));
      }
    }
  }
}

TEST_CASE(
    "resampled_frames: a whole multiple of the rate takes every n-th frame, a whole part repeats them") {
  CHECK(resampled_frames(times(33, 16), 8) == counting(17, 2));
  CHECK(resampled_frames(times(49, 24), 8) == counting(17, 3));
  CHECK(resampled_frames(times(10, 4), 8) == counting(20, 1, 2));
}

TEST_CASE("resampled_frames: every frame is the nearest in time, by exhaustive search") {
  std::vector<double> variable;
  double time = 1;
  for (int i = 0; i < 200; ++i) variable.push_back(time += 0.01 + 0.09 * ((i * 7919) % 13) / 13.0);
  for (const std::vector<double>& seconds :
       {times(64, 30), times(100, 29.97), times(77, 25), times(40, 7), variable}) {
    for (const double fps : {8.0, 10.0, 30.0, 3.7}) {
      INFO(seconds.size() << " frames at " << fps);
      const std::vector<index_t> frames = resampled_frames(seconds, fps);
      const double spacing = (seconds.back() - seconds.front()) / static_cast<double>(seconds.size() - 1);
      for (std::size_t k = 0; k < frames.size(); ++k) {
        const double wanted = seconds.front() + static_cast<double>(k) / fps;
        double least = 1e9;
        for (const double second : seconds) least = std::min(least, std::abs(second - wanted));
        CHECK(std::abs(seconds[static_cast<std::size_t>(frames[k])] - wanted) <= least + 1e-9);
        CHECK(wanted <= seconds.back() + spacing / 2);
      }
      CHECK(seconds.front() + static_cast<double>(frames.size()) / fps > seconds.back() + spacing / 2);
    }
  }
}

TEST_CASE("resampled_frames: frames without times are taken in turn, and nonsense is refused") {
  CHECK(resampled_frames({}, 8).empty());
  CHECK(resampled_frames(std::vector<double>(5, 0.0), 8) == counting(5));
  CHECK(resampled_frames(std::vector<double>{0, 0, 0.125, 0.125, 0.25}, 8) == std::vector<index_t>{0, 2, 4});
  CHECK_THROWS_AS(resampled_frames(std::vector<double>{0, 1}, 0), value_error);
  CHECK_THROWS_AS(resampled_frames(std::vector<double>{0, 1e12}, 8), value_error);
}

TEST_CASE("every_nth_frame: begins with the first and goes to the last that is there") {
  CHECK(every_nth_frame(10, 3) == counting(4, 3));
  CHECK(every_nth_frame(9, 3) == counting(3, 3));
  CHECK(every_nth_frame(5, 1) == counting(5));
  CHECK(every_nth_frame(0, 2).empty());
  CHECK_THROWS_AS(every_nth_frame(5, 0), value_error);
}
