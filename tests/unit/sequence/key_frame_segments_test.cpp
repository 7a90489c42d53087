// SPDX-License-Identifier: MIT
#include "flashvideo/sequence/key_frame_segments.hpp"

#include <vector>

#include "support/catch.hpp"

using namespace flashvideo;
using Segments = std::vector<KeyFrameSegment>;

TEST_CASE("key_frame_segments: hand-written splits") {
  CHECK(key_frame_segments(5, 5, 2) == Segments{{0, 5, 0}});
  CHECK(key_frame_segments(3, 5, 0) == Segments{{0, 3, 0}});
  CHECK(key_frame_segments(6, 5, 2) == Segments{{0, 5, 0}, {3, 6, 2}});
  CHECK(key_frame_segments(12, 5, 2) == Segments{{0, 5, 0}, {3, 8, 2}, {6, 11, 2}, {9, 12, 2}});
  CHECK(key_frame_segments(12, 5, 2, 3) == Segments{{0, 5, 3}, {3, 8, 2}, {6, 11, 2}, {9, 12, 2}});
  CHECK(key_frame_segments(12, 5, 2, 7) == Segments{{5, 10, 2}, {8, 12, 2}});
  CHECK(key_frame_segments(12, 5, 2, 5) == Segments{{3, 8, 2}, {6, 11, 2}, {9, 12, 2}});
  CHECK(key_frame_segments(4, 5, 2, 4).empty());
}

TEST_CASE("key_frame_segments: every frame is written once, in order, behind the last carried ones") {
  for (index_t serials = 1; serials <= 7; ++serials)
    for (index_t carried = 1; carried < serials || carried == 1; ++carried)
      for (index_t total = 1; total <= 40; ++total)
        for (index_t given = 0; given <= total; ++given) {
          if (total > serials && carried >= serials) continue;
          index_t done = given;
          bool first = true;
          for (const KeyFrameSegment& s : key_frame_segments(total, serials, carried, given)) {
            REQUIRE(s.begin >= 0);
            REQUIRE(s.num_frames() <= serials);
            REQUIRE(s.begin + s.given == done);
            REQUIRE(s.end > done);
            if (!first) REQUIRE(s.given == carried);
            if (first) REQUIRE(s.given == (given < serials ? given : carried));
            REQUIRE((s.num_frames() == serials || s.end == total));
            done = s.end;
            first = false;
          }
          REQUIRE(done == total);
        }
}

TEST_CASE("key_frame_segments: impossible splits are refused") {
  CHECK_THROWS_AS(key_frame_segments(0, 5, 2), value_error);
  CHECK_THROWS_AS(key_frame_segments(3, 0, 2), value_error);
  CHECK_THROWS_AS(key_frame_segments(6, 5, 5), value_error);
  CHECK_THROWS_AS(key_frame_segments(6, 5, 0), value_error);
  CHECK_THROWS_AS(key_frame_segments(6, 5, 2, 7), value_error);
  CHECK_THROWS_AS(key_frame_segments(6, 5, 2, -1), value_error);
}

TEST_CASE("key_frames_within: counts the multiples of the spacing") {
  for (index_t spacing = 1; spacing <= 5; ++spacing) {
    index_t count = 0;
    for (index_t frames = 0; frames <= 20; ++frames) {
      CHECK(key_frames_within(frames, spacing) == count);
      if (frames % spacing == 0) ++count;
    }
  }
}
