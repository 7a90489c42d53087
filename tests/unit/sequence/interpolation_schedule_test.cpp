// SPDX-License-Identifier: MIT
#include "flashvideo/sequence/interpolation_schedule.hpp"

#include <set>
#include <vector>

#include "support/catch.hpp"

using namespace flashvideo;
using Gaps = std::vector<InterpolationGap>;

TEST_CASE("InterpolationSchedule: five key frames and three between make 17 frames") {
  const InterpolationSchedule schedule(3, 1);
  CHECK(schedule.frame_count(5) == 17);
  CHECK(schedule.gaps(5) == Gaps{{1, 0, 4, 3, 1}, {1, 4, 8, 3, 1}, {1, 8, 12, 3, 1}, {1, 12, 16, 3, 1}});
  CHECK(schedule.gaps(5)[1].frame(1) == 5);
  CHECK(schedule.gaps(5)[1].frame(3) == 7);
  CHECK(schedule.display_index(4) == 16);
}

TEST_CASE("InterpolationSchedule: gaps of a second round follow their parent depth first") {
  const InterpolationSchedule schedule(1, 2);
  CHECK(schedule.frame_count(3) == 9);
  CHECK(schedule.gaps(3) == Gaps{{1, 0, 4, 1, 2},
                                 {2, 0, 2, 1, 1},
                                 {2, 2, 4, 1, 1},
                                 {1, 4, 8, 1, 2},
                                 {2, 4, 6, 1, 1},
                                 {2, 6, 8, 1, 1}});
  CHECK(InterpolationSchedule(2, 2).gaps(2) ==
        Gaps{{1, 0, 9, 2, 3}, {2, 0, 3, 2, 1}, {2, 3, 6, 2, 1}, {2, 6, 9, 2, 1}});
}

TEST_CASE(
    "InterpolationSchedule: depth first covers every frame once, in display order, from finished frames") {
  for (index_t between = 1; between <= 4; ++between)
    for (index_t rounds = 0; rounds <= 3; ++rounds)
      for (index_t key_frames = 1; key_frames <= 5; ++key_frames) {
        CAPTURE(between, rounds, key_frames);
        const InterpolationSchedule schedule(between, rounds);
        std::set<index_t> finished;
        for (index_t k = 0; k < key_frames; ++k) REQUIRE(finished.insert(schedule.display_index(k)).second);
        Gaps by_key_frame;
        for (index_t k = 0; k + 1 < key_frames; ++k)
          for (const InterpolationGap& gap : schedule.gaps_after(k)) by_key_frame.push_back(gap);
        const Gaps gaps = schedule.gaps(key_frames);
        CHECK(gaps == by_key_frame);
        index_t last_left = -1;
        for (const InterpolationGap& gap : gaps) {
          REQUIRE((finished.count(gap.left) == 1 && finished.count(gap.right) == 1));
          REQUIRE(gap.right == gap.left + (between + 1) * gap.spacing);
          REQUIRE(gap.spacing == schedule.spacing(gap.round));
          REQUIRE(gap.left >= last_left);
          last_left = gap.left;
          for (index_t j = 1; j <= gap.between; ++j) REQUIRE(finished.insert(gap.frame(j)).second);
          if (gap.round == rounds)  // every frame up to the right end can be shown
            for (index_t f = 0; f <= gap.right; ++f) REQUIRE(finished.count(f) == 1);
        }
        CHECK(static_cast<index_t>(finished.size()) == schedule.frame_count(key_frames));
        CHECK(*finished.begin() == 0);
        CHECK(*finished.rbegin() == schedule.frame_count(key_frames) - 1);
      }
}

TEST_CASE("InterpolationSchedule: the fewest key frames for a wished length") {
  for (index_t between = 0; between <= 4; ++between)
    for (index_t rounds = 0; rounds <= (between == 0 ? 0 : 3); ++rounds)
      for (index_t frames = 1; frames <= 300; ++frames) {
        const InterpolationSchedule schedule(between, rounds);
        const index_t key_frames = schedule.key_frames_for(frames);
        REQUIRE(schedule.frame_count(key_frames) >= frames);
        if (key_frames > 1) REQUIRE(schedule.frame_count(key_frames - 1) < frames);
      }
}

TEST_CASE("InterpolationSchedule: impossible counts are refused") {
  CHECK_THROWS_AS(InterpolationSchedule(0, 1), value_error);
  CHECK_THROWS_AS(InterpolationSchedule(-1, 0), value_error);
  CHECK_THROWS_AS(InterpolationSchedule(3, -1), value_error);
  CHECK_THROWS_AS(InterpolationSchedule(3, 40), value_error);
  CHECK_THROWS_AS(InterpolationSchedule(3, 1).frame_count(0), value_error);
  CHECK_THROWS_AS(InterpolationSchedule(3, 30).frame_count(100), value_error);
  CHECK_THROWS_AS(InterpolationSchedule(3, 1).key_frames_for(0), value_error);
  CHECK_THROWS_AS(InterpolationSchedule(3, 1).spacing(2), value_error);
}
