// SPDX-License-Identifier: MIT
#include "flashvideo/data/video_folder_summary.hpp"

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("VideoFolderSummary: rates are named as people do, uneven times are variable") {
  const auto name = [](const std::vector<double>& seconds) { return VideoFolderSummary::rate_name(seconds); };
  CHECK(name({0}) == "one frame");
  CHECK(name({0, 0, 0}) == "unknown rate");
  CHECK(name({0, 0.125, 0.25}) == "8 frames/s");
  CHECK(name({0, 0.033, 0.067, 0.1}) == "30 frames/s");
  CHECK(name({0, 1001.0 / 30000, 2002.0 / 30000}) == "29.97 frames/s");
  CHECK(name({0, 0.1, 0.2, 0.5}) == "variable rate");
}

TEST_CASE("VideoFolderSummary: says rule, counts and what is left out") {
  VideoFolderSummary summary;
  summary.folder = "clips";
  summary.num_frames = 17;
  CHECK(summary.left_out().empty());
  const std::vector<double> seconds{0, 0.125, 0.25};
  summary.count(seconds, std::vector<index_t>{0, 1, 2});
  summary.num_clips = 1;
  CHECK(summary.resampled == 0);
  CHECK(summary.text() ==
        "clips: 1 video, 1 clip of 17 frames\nevery frame, whatever the rate; videos: 1 of 8 frames/s\n");
  summary.count(seconds, std::vector<index_t>{0, 2});
  summary.count(seconds, std::vector<index_t>{0, 0, 2});
  CHECK(summary.resampled == 2);
  summary.frame_step = 3;
  CHECK_THAT(summary.text(), Catch::Contains("every 3rd frame, whatever the rate"));
  summary.frame_step = 12;
  CHECK_THAT(summary.text(), Catch::Contains("every 12th frame, whatever the rate"));
  summary.frames_per_second = 12.5;
  CHECK_THAT(summary.text(),
             Catch::Contains("nearest in time to 12.5 frames/s; videos: 3 of 8 frames/s; 2 resampled"));
  for (int i = 0; i < 7; ++i) summary.too_short.push_back("s" + std::to_string(i));
  summary.damaged = {"d0: why"};
  CHECK(summary.left_out() == "7 too short: s0, s1, s2, s3, s4, and 2 more; 1 damaged: d0: why");
}
