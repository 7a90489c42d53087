// SPDX-License-Identifier: MIT
// Damaged lists of data sets, made as in readers_test.cpp: they are read, or refused by one of the library's errors.
#include <string>

#include "flashvideo/data/cogvideo_tokens.hpp"
#include "flashvideo/data/kinetics600.hpp"
#include "flashvideo/data/robot_pushing.hpp"
#include "flashvideo/data/ucf101.hpp"
#include "support/catch.hpp"
#include "support/damaged_text.hpp"
#include "support/grey_clips.hpp"
#include "support/tf_records.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

TEST_CASE("fuzz: Ucf101 reads its lists, or refuses") {
  const TemporaryFolder folder(fast_parent());
  write_grey_clip(folder.file("UCF-101/TaiChi/v_TaiChi_g01_c01.avi"), 2, 60);
  write_grey_clip(folder.file("UCF-101/YoYo/v_YoYo_g01_c01.avi"), 2, 90);
  std::filesystem::create_directories(folder.file("ucfTrainTestlist"));
  const std::string classes = "1 TaiChi\r\n2 YoYo\r\n";
  const std::string list = "TaiChi/v_TaiChi_g01_c01.avi 1\r\nYoYo/v_YoYo_g01_c01.avi 2\r\n";
  for (const bool damages_classes : {true, false}) {
    write_text(folder.file("ucfTrainTestlist/classInd.txt"), classes);
    write_text(folder.file("ucfTrainTestlist/trainlist01.txt"), list);
    const std::string path =
        folder.file(damages_classes ? "ucfTrainTestlist/classInd.txt" : "ucfTrainTestlist/trainlist01.txt");
    const std::string& valid = damages_classes ? classes : list;
    const int read = survivors(valid, 500, valid.size(), [&](const std::string& text) {
      write_text(path, text);
      const Ucf101 clips(folder.path(), {.clips = {.size = {2, 8, 8}, .threads = 1}});
      REQUIRE(*clips.size() + static_cast<index_t>(clips.summary().missing.size()) >= 1);
    });
    CHECK(read > 10);
    CHECK(read < 450);
  }
}

TEST_CASE("fuzz: Kinetics600 reads its annotations, or refuses") {
  const TemporaryFolder folder(fast_parent());
  write_grey_clip(folder.file("train/-0abCDefGHi_000012_000022.mp4"), 2, 60);
  const std::string valid =
      "label,youtube_id,time_start,time_end,split\r\n\"tai \"\"chi\"\"\",-0abCDefGHi,12,22,train\r\n"
      "yoyo,-0abCDefGHi,12,22,train\r\n";
  const int read = survivors(valid, 1000, valid.size(), [&](const std::string& text) {
    write_text(folder.file("train.csv"), text);
    const Kinetics600 clips(folder.path(), {.clips = {.size = {2, 8, 8}, .threads = 1}});
    REQUIRE(*clips.size() >= 1);
  });
  CHECK(read > 20);
  CHECK(read < 950);
}

TEST_CASE("fuzz: RobotPushing gives whole pictures, or refuses") {
  const TemporaryFolder folder(fast_parent());
  std::string entries;
  for (int t = 0; t < 30; ++t)
    entries += feature_entry(std::to_string(t) + "/image_aux1/encoded",
                             bytes_feature(std::string(64 * 64 * 3, 'x')));
  const std::string valid = record(example(entries)) + record(example(entries));
  std::filesystem::create_directories(folder.file("train"));
  const int read = survivors(valid, 60, valid.size(), [&](const std::string& text) {
    write_text(folder.file("train/traj_0_to_1.tfrecords"), text);
    const RobotPushing clips(folder.path(), {.most_damaged = 0.5, .threads = 1});
    REQUIRE(*clips.size() == 1);  // one record is damaged; never are both whole
    REQUIRE(clips.clip(0).frames == std::vector<std::uint8_t>(16 * 64 * 64 * 3, 'x'));
  });
  CHECK(read > 0);
  CHECK(read < 60);
}

TEST_CASE("fuzz: CogVideoTokens gives ids of its ranges, or refuses") {
  const TemporaryFolder folder(fast_parent());
  std::string valid;
  for (int i = 0; i < 3 * 6; ++i)
    valid += little_endian(static_cast<std::uint64_t>(i % 6 < 2 ? 20100 + i : i), 4);
  const int read = survivors(valid, 2000, valid.size(), [&](const std::string& text) {
    write_text(folder.file("rows.bin"), text);
    const CogVideoTokens rows(folder.file("rows.bin"), {.text = 2, .frames = 2, .frame_tokens = 2});
    for (index_t i = 0; i < rows.size(); ++i) {
      const CogVideoClip clip = rows.clip(i);
      for (const token_t id : clip.caption) REQUIRE(id >= 0);
      for (index_t t = 0; t < 4; ++t) REQUIRE(clip.frames(t / 2, t % 2) < 20000);
    }
  });
  CHECK(read > 20);
  CHECK(read < 1900);
}
