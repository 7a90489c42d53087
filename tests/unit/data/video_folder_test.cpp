// SPDX-License-Identifier: MIT
#include "flashvideo/data/video_folder.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;

static_assert(ClipSource<VideoFolder>);

namespace {

/// A grey video; frame t has the value 40 + 4 t in the middle and white borders left and right.
void write_video(const std::string& path, index_t num_frames) {
  const auto sink = open_video_sink(path, {.fps = 8});
  for (index_t t = 0; t < num_frames; ++t) {
    Image frame(32, 64, {255, 255, 255});
    const std::uint8_t value = static_cast<std::uint8_t>(40 + 4 * t);
    for (index_t y = 0; y < 32; ++y) {
      for (index_t x = 16; x < 48; ++x) frame.set(y, x, {value, value, value});
    }
    sink->write(frame);
  }
  sink->finish();
}

/// The frames' values in the picture's middle.
std::vector<int> middles(const Clip& clip) {
  std::vector<int> values;
  for (index_t t = 0; t < clip.size.num_frames; ++t) {
    values.push_back(clip.frame(t)[(clip.size.height / 2 * clip.size.width + clip.size.width / 2) * 3]);
  }
  return values;
}

}  // namespace

TEST_CASE("VideoFolder: cuts videos into clips at the asked size and spacing") {
  const test::TemporaryFolder folder;
  write_video(folder.file("long.y4m"), 26);
  write_video(folder.file("short.y4m"), 3);
  test::write_text(folder.file("captions.tsv"), "long.y4m\tgrey grows\nshort.y4m\tgrey stops\n");
  const VideoFolder clips(folder.path(), {.size = {4, 16, 16}, .frame_step = 3});
  REQUIRE(clips.num_videos() == 2);
  REQUIRE(clips.size() == 3);  // 26 frames hold two clips of 4 x 3
  const auto is = [](const Clip& clip, std::vector<int> expected) {
    const std::vector<int> values = middles(clip);
    REQUIRE(values.size() == expected.size());
    for (std::size_t t = 0; t < values.size(); ++t)
      REQUIRE(std::abs(values[t] - (40 + 4 * expected[t])) <= 2);
  };
  REQUIRE(clips.clip(0).caption == "grey grows");
  is(clips.clip(0), {0, 3, 6, 9});
  is(clips.clip(1), {12, 15, 18, 21});
  REQUIRE(clips.clip(2).caption == "grey stops");
  is(clips.clip(2), {0, 0, 0, 0});
  // the middle square of the 64 x 32 picture is grey to its corners
  const Clip clip = clips.clip(0);
  REQUIRE(static_cast<int>(clip.frame(0)[0]) == Approx(40).margin(3));
  REQUIRE_THROWS_AS(clips.clip(3), value_error);
  REQUIRE_THROWS_AS(clips.clip(-1), value_error);
}

TEST_CASE("VideoFolder: reads what FFmpeg wrote") {
  const test::TemporaryFolder folder;
  write_video(folder.file("a.mp4"), 17);
  write_video(folder.file("b.gif"), 17);
  test::write_text(folder.file("a.txt"), "one");
  test::write_text(folder.file("b.txt"), "two");
  const VideoFolder clips(folder.path());
  REQUIRE(clips.size() == 2);
  for (const index_t i : {0, 1}) {
    const std::vector<int> values = middles(clips.clip(i));
    for (int t = 0; t < 17; ++t) REQUIRE(values[static_cast<std::size_t>(t)] == Approx(40 + 4 * t).margin(8));
  }
}

TEST_CASE("VideoFolder: names the file that is no video") {
  const test::TemporaryFolder folder;
  test::write_text(folder.file("a.mp4"), "this is no video at all");
  test::write_text(folder.file("a.txt"), "one");
  REQUIRE_THROWS_AS(VideoFolder(folder.path()), format_error);
  REQUIRE_THROWS_WITH(VideoFolder(folder.path()), Catch::Contains("a.mp4"));
  test::write_text(folder.file("a.mp4"), "");
  REQUIRE_THROWS_AS(VideoFolder(folder.path()), format_error);
  write_video(folder.file("b.y4m"), 2);
  std::filesystem::remove(folder.file("a.mp4"));
  test::write_text(folder.file("b.txt"), "two");
  REQUIRE_THROWS_AS(VideoFolder(folder.path(), {.frame_step = 0}), value_error);
  REQUIRE_THROWS_AS(VideoFolder(folder.path(), {.size = {0, 64, 64}}), value_error);
}
