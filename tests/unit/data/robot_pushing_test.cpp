// SPDX-License-Identifier: MIT
#include "flashvideo/data/robot_pushing.hpp"

#include <filesystem>
#include <string>

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "support/tf_records.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

namespace {

/// Video `number`: pixel bytes say which video, camera and frame they are of.
std::string video(int number) {
  std::string entries;
  for (int t = 0; t < 30; ++t) {
    const std::string at = std::to_string(t);
    for (const bool aux : {false, true}) {
      entries += feature_entry(
          at + (aux ? "/image_aux1" : "/image_main") + "/encoded",
          bytes_feature(std::string(64 * 64 * 3, static_cast<char>(number * 60 + t * 2 + aux))));
    }
    entries += feature_entry(at + "/action", float_feature({1, 2, 3, static_cast<float>(t)}));
    entries += feature_entry(at + "/endeffector_pos", float_feature({0.5F, static_cast<float>(number), 0}));
  }
  return example(entries);
}

/// Three training videos in two files whose names do not sort as numbers, one test video.
void write_tree(const TemporaryFolder& folder) {
  const std::filesystem::path root = std::filesystem::path(folder.path()) / "softmotion30_44k";
  std::filesystem::create_directories(root / "train");
  std::filesystem::create_directories(root / "test");
  write_text((root / "train/traj_2_to_2.tfrecords").string(), record(video(0)) + record(video(1)));
  write_text((root / "train/traj_10_to_11.tfrecords").string(), record(video(2)));
  write_text((root / "test/traj_0_to_0.tfrecords").string(), record(video(3)));
}

}  // namespace

TEST_CASE("RobotPushing: videos through the files by number, cameras, windows, states") {
  const TemporaryFolder folder(fast_parent());
  write_tree(folder);
  static_assert(ClipSource<RobotPushing>);
  const RobotPushing aux(folder.path()),
      main(folder.path() + "/softmotion30_44k",
           {.camera = RobotCamera::main, .choice = ClipChoice::every_window});
  REQUIRE(aux.num_videos() == 3);
  CHECK(*aux.size() == 3);
  CHECK(aux.clip_size() == ClipSize{16, 64, 64});
  CHECK(aux.clip(2).frame(15)[0] == 2 * 60 + 15 * 2 + 1);
  CHECK(*main.size() == 3 * 15);
  CHECK(main.clip(15 + 14).frame(15)[12287] == static_cast<std::uint8_t>(60 + 29 * 2));
  CHECK(RobotPushing(folder.path(), {.test = true}).states(0)[29].action[3] == 29);
  CHECK(RobotPushing(folder.path(), {.test = true}).states(0)[1].end_effector[1] == 3);
  CHECK(aux.clip(0).caption == "a robot arm moves");
  CHECK(aux.fingerprint() == RobotPushing(folder.path()).fingerprint());
  CHECK(aux.fingerprint() != main.fingerprint());
  CHECK(aux.fingerprint() != RobotPushing(folder.path(), {.test = true}).fingerprint());
  CHECK_THROWS_AS(aux.clip(3), value_error);
  CHECK_THROWS_AS(RobotPushing(folder.path(), {.size = {31, 64, 64}}), value_error);
  CHECK_THROWS_AS(RobotPushing(folder.path(), {.stride = 2}), value_error);
  CHECK_THROWS_AS(RobotPushing(folder.path(), {.size = {16, 0, 64}}), value_error);
  CHECK_THROWS_AS(RobotPushing(folder.path(), {.stride = 0}), value_error);
  const RobotPushing apart(folder.path(), {.size = {10, 32, 16}, .stride = 3});
  CHECK(apart.clip_size() == ClipSize{10, 32, 16});
  CHECK(apart.clip(1).frame(9)[32 * 16 * 3 - 1] == 60 + 27 * 2 + 1);
  const RobotPushing random(folder.path(), {.choice = ClipChoice::random, .seed = 4});
  const ClipWindows windows{16, 1, ClipChoice::random, 4};
  for (index_t i = 0; i < 3; ++i) {
    const int first = static_cast<int>(windows.first_frame(30, static_cast<std::uint64_t>(i), 0));
    CHECK(static_cast<int>(random.clip(i).frame(0)[0]) == i * 60 + first * 2 + 1);
  }
}

TEST_CASE("RobotPushing: captions beside the folder, by part and number") {
  const TemporaryFolder folder(fast_parent());
  write_tree(folder);
  write_text(folder.file("captions.tsv"), "train\t1\tto the left\ntest\t0\tto the back\n");
  CHECK(RobotPushing(folder.path()).clip(1).caption == "to the left");
  CHECK(RobotPushing(folder.path(), {.caption = "an arm"}).clip(0).caption == "an arm");
  CHECK(RobotPushing(folder.path(), {.caption = "an arm", .own_captions = false}).clip(1).caption ==
        "an arm");
  CHECK(RobotPushing(folder.path() + "/softmotion30_44k", {.test = true}).clip(0).caption == "to the back");
  write_text(folder.file("captions.tsv"), "train\t1\tto the left\nvalid\t0\tto the back\n");
  CHECK_THROWS_WITH(RobotPushing(folder.path()),
                    Catch::Contains("captions.tsv: line 2: expected train|test<TAB>index<TAB>caption"));
  write_text(folder.file("captions.tsv"), "train\t3\tto the left\n");
  CHECK_THROWS_WITH(RobotPushing(folder.path()), Catch::Contains("line 1 names video 3, there are 3"));
}

TEST_CASE("RobotPushing: absent folders, pictures that are no raw frames") {
  const TemporaryFolder folder(fast_parent());
  CHECK_THROWS_AS(RobotPushing(folder.path()), io_error);
  const std::filesystem::path train = std::filesystem::path(folder.path()) / "train";
  std::filesystem::create_directories(train);
  CHECK_THROWS_WITH(RobotPushing(folder.path()), Catch::Contains("holds no traj_*.tfrecords"));
  write_text((train / "traj_0_to_0.tfrecords").string(),
             record(example(feature_entry("0/image_aux1/encoded", bytes_feature("jpeg")))));
  CHECK_THROWS_WITH(
      RobotPushing(folder.path()),
      Catch::Contains("1 of 1 videos is damaged, at most 1 % may be: ") &&
          Catch::Contains("record 0: 0/image_aux1/encoded has 4 bytes, expected 12288 of raw RGB"));
}

TEST_CASE("RobotPushing: a damaged video is named, counted and left out, the others stay as they are") {
  const TemporaryFolder folder(fast_parent());
  write_tree(folder);
  const std::string file = folder.file("softmotion30_44k/train/traj_2_to_2.tfrecords");
  std::string bytes = read_text(file);
  bytes[5000] ^= 1;
  write_text(file, bytes);
  CHECK_THROWS_WITH(RobotPushing(folder.path()),
                    Catch::Contains("1 of 3 videos is damaged, at most 1 % may be: ") &&
                        Catch::Contains("traj_2_to_2.tfrecords, record 0: "));
  const RobotPushing clips(folder.path(), {.choice = ClipChoice::every_window, .most_damaged = 0.5});
  CHECK(clips.num_videos() == 3);
  REQUIRE(*clips.size() == 2 * 15);
  CHECK(clips.label(0) == 1);
  CHECK(clips.clip(14).frame(0)[0] == 60 + 14 * 2 + 1);
  CHECK(clips.clip(15).frame(0)[0] == 120 + 1);
  CHECK(clips.summary().damaged.size() == 1);
  CHECK(clips.summary().text().find("2 videos, 30 clips of 16 frames") != std::string::npos);
}
