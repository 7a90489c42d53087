// SPDX-License-Identifier: MIT
#include "flashvideo/data/video_folder.hpp"

#include <numeric>
#include <random>
#include <thread>

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_media.hpp"

using namespace flashvideo;

static_assert(ClipSource<VideoFolder>);

namespace {

/// A grey video; frame t has the value 40 + 4 t in the middle and white borders left and right.
void write_video(const std::string& path, index_t num_frames, double fps = 8) {
  const auto sink = open_video_sink(path, {.fps = fps});
  for (index_t t = 0; t < num_frames; ++t) {
    Image frame(32, 64, {255, 255, 255});
    const std::uint8_t value = static_cast<std::uint8_t>(40 + 4 * t % 200);
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
  REQUIRE(clips.num_videos() == 1);
  REQUIRE(clips.size() == 2);  // 26 frames hold two clips of 4 x 3
  const auto is = [](const Clip& clip, std::vector<int> expected) {
    const std::vector<int> values = middles(clip);
    REQUIRE(values.size() == expected.size());
    for (std::size_t t = 0; t < values.size(); ++t)
      REQUIRE(std::abs(values[t] - (40 + 4 * expected[t])) <= 2);
  };
  REQUIRE(clips.clip(0).caption == "grey grows");
  is(clips.clip(0), {0, 3, 6, 9});
  is(clips.clip(1), {12, 15, 18, 21});
  CHECK(clips.caption(1) == "grey grows");
  CHECK(clips.summary().too_short == std::vector<std::string>{folder.file("short.y4m") + " (1 of 4 frames)"});
  // the middle square of the 64 x 32 picture is grey to its corners
  const Clip clip = clips.clip(0);
  REQUIRE(static_cast<int>(clip.frame(0)[0]) == Approx(40).margin(3));
  REQUIRE_THROWS_AS(clips.clip(2), value_error);
  REQUIRE_THROWS_AS(clips.caption(2), value_error);
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
  REQUIRE_THROWS_AS(VideoFolder(folder.path(), {.frames_per_second = -1}), value_error);
  REQUIRE_THROWS_AS(VideoFolder(folder.path(), {.frame_step = 2, .frames_per_second = 8}), value_error);
}

TEST_CASE("VideoFolder: resample takes the frames nearest in time, and the summary says from which rates") {
  const test::TemporaryFolder folder;
  std::string captions;
  const auto add = [&](const std::string& name) { captions += name + "\tgrey\n"; };
  write_video(folder.file("a.mp4"), 17, 8);
  write_video(folder.file("b.y4m"), 49, 24);
  write_video(folder.file("c.y4m"), 65, 30);
  std::filesystem::create_directory(folder.file("d"));
  write_video(folder.file("d/"), 18);
  write_video(folder.file("e.y4m"), 30, 24);
  test::write_media(
      folder.file("f.mkv"),
      {"matroska", "mpeg4", AV_PIX_FMT_YUV420P, 32, 32, {1000, 1}, {0, 1}, {0, 900, 1000, 2000}},
      [](AVFrame& frame, index_t t) { test::fill_grey(frame, static_cast<int>(50 + 50 * t)); });
  for (const char* name : {"a.mp4", "b.y4m", "c.y4m", "d", "e.y4m", "f.mkv"}) add(name);
  test::write_text(folder.file("captions.tsv"), captions);
  const VideoFolder clips(folder.path(), {.size = {17, 16, 16}, .frames_per_second = 8});
  REQUIRE(clips.size() == 5);
  const auto is = [&](index_t i, const std::vector<int>& expected) {
    INFO(i);
    const std::vector<int> values = middles(clips.clip(i));
    for (std::size_t t = 0; t < values.size(); ++t) CHECK(values[t] == Approx(expected[t]).margin(8));
  };
  std::vector<int> every(17), third(17), nearest(17);
  for (int k = 0; k < 17; ++k) {
    const std::size_t i = static_cast<std::size_t>(k);
    every[i] = 40 + 4 * k;
    third[i] = 40 + 12 * k % 200;
    nearest[i] = 40 + 4 * static_cast<int>(std::ceil(k * 3.75 - 0.5)) % 200;
  }
  is(0, every);
  is(1, third);
  is(2, nearest);
  is(3, every);
  std::vector<int> slow;  // luma 50, 100, 150 and 200; frame 1 at 0.9 s, 2 at 1 s
  for (int k = 0; k < 17; ++k) slow.push_back(k <= 3 ? 40 : k <= 7 ? 98 : k <= 12 ? 156 : 214);
  is(4, slow);
  const VideoFolderSummary& summary = clips.summary();
  CHECK(summary.num_videos == 5);
  CHECK(summary.resampled == 3);
  CHECK(summary.too_short == std::vector<std::string>{folder.file("e.y4m") + " (10 of 17 frames)"});
  CHECK(summary.text() ==
        folder.path() +
            ": 5 videos, 5 clips of 17 frames\n"
            "resample: the frames nearest in time to 8 frames/s; videos: 1 of 24 frames/s, 1 of 30 frames/s, "
            "2 of 8 frames/s, 1 of variable rate; 3 resampled\n"
            "left out: 1 too short: " +
            folder.file("e.y4m") + " (10 of 17 frames)\n");
}

TEST_CASE("VideoFolder: a folder in which every video is too short is refused, with their names") {
  const test::TemporaryFolder folder;
  for (const char* name : {"a", "b"}) {
    write_video(folder.file(std::string(name) + ".y4m"), 9);
    test::write_text(folder.file(std::string(name) + ".txt"), "grey");
  }
  CHECK_THROWS_WITH(VideoFolder(folder.path()),
                    folder.path() + ": no video can be used: 2 too short: " + folder.file("a.y4m") +
                        " (9 of 17 frames), " + folder.file("b.y4m") + " (9 of 17 frames)");
}

TEST_CASE("VideoFolder: all damaged videos are named at once, or left out and counted") {
  const test::TemporaryFolder folder;
  for (int i = 0; i < 9; ++i) {
    const std::string name = std::to_string(i);
    write_video(folder.file(name + ".y4m"), 17);
    test::write_text(folder.file(name + ".txt"), "grey " + name);
    const std::string video = test::read_text(folder.file(name + ".y4m"));
    if (i != 3 && i != 7) test::write_text(folder.file(name + ".y4m"), video.substr(0, video.size() / 2));
  }
  CHECK_THROWS_WITH(
      VideoFolder(folder.path()),
      Catch::StartsWith(folder.path() + ": 7 videos are damaged: " + folder.file("0.y4m") + ", byte ") &&
          Catch::Contains(folder.file("5.y4m")) && Catch::EndsWith("; and 2 more"));
  const VideoFolder clips(folder.path(), {.skip_damaged = true});
  REQUIRE(clips.size() == 2);
  CHECK(clips.clip(0).caption == "grey 3");
  CHECK(clips.clip(1).caption == "grey 7");
  CHECK(clips.summary().damaged.size() == 7);
  CHECK_THAT(clips.summary().text(), Catch::Contains("left out: 7 damaged: " + folder.file("0.y4m")));
  for (const char* name : {"3", "7"}) test::write_text(folder.file(std::string(name) + ".y4m"), "x");
  CHECK_THROWS_WITH(VideoFolder(folder.path(), {.skip_damaged = true}),
                    Catch::Contains("no video can be used: 9 damaged"));
}

TEST_CASE("VideoFolder: clips in their order cost one pass over the video, however long it is") {
  const test::TemporaryFolder folder;
  for (const index_t frames : {250, 500}) {
    write_video(folder.file("a.mp4"), frames);
    test::write_text(folder.file("a.txt"), "grey");
    for (const VideoFolderOptions& options :
         {VideoFolderOptions{.size = {17, 8, 8}},
          VideoFolderOptions{.size = {17, 8, 8}, .frames_per_second = 3},
          VideoFolderOptions{.size = {17, 8, 8}, .frames_per_second = 24}}) {
      const VideoFolder clips(folder.path(), options);
      for (index_t i = 0; i < *clips.size(); ++i) clips.clip(i);
      CHECK(clips.frames_decoded() <= frames);
      CHECK(clips.frames_decoded() > frames * 3 / 4);
    }
  }
}

TEST_CASE("VideoFolder: clip i is the same in every order, from every thread and from a copy") {
  const test::TemporaryFolder folder;
  write_video(folder.file("a.mp4"), 300);
  test::write_media(folder.file("b.avi"),
                    {"avi",
                     "mpeg4",
                     AV_PIX_FMT_YUV420P,
                     32,
                     32,
                     {8, 1},
                     {0, 1},
                     [] {
                       std::vector<std::int64_t> times(200);
                       std::iota(times.begin(), times.end(), 0);
                       return times;
                     }()},
                    [](AVFrame& frame, index_t t) { test::fill_grey(frame, static_cast<int>(20 + t)); });
  write_video(folder.file("c.gif"), 60);
  write_video(folder.file("d.y4m"), 100);
  for (const char* name : {"a", "b", "c", "d"})
    test::write_text(folder.file(std::string(name) + ".txt"), "grey");
  const VideoFolder clips(folder.path(), {.size = {17, 16, 16}});
  REQUIRE(clips.num_videos() == 4);
  std::vector<Clip> expected;
  for (index_t i = 0; i < *clips.size(); ++i) expected.push_back(clips.clip(i));
  std::vector<index_t> order(expected.size());
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937(7));
  const VideoFolder other(folder.path(), {.size = {17, 16, 16}});
  const VideoFolder copy = other;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < 3; ++thread) {
    threads.emplace_back([&, thread] {
      for (std::size_t i = thread; i < order.size(); i += 3) {
        const VideoFolder& source = i % 2 == 0 ? other : copy;
        if (source.clip(order[i]).frames != expected[static_cast<std::size_t>(order[i])].frames) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE(
    "VideoFolder: the fingerprint follows the videos' bytes and how they are cut, not names and captions") {
  const test::TemporaryFolder folder;
  const auto print = [&](const VideoFolderOptions& options = {.size = {4, 16, 16}}) {
    return VideoFolder(folder.path(), options).fingerprint();
  };
  write_video(folder.file("a.y4m"), 8);
  write_video(folder.file("b.y4m"), 12);
  test::write_text(folder.file("captions.tsv"), "a.y4m\tgrey grows\nb.y4m\tgrey stops\n");
  const std::string before = print();
  CHECK(print() == before);
  CHECK(print({.size = {4, 16, 20}}) != before);
  CHECK(print({.size = {4, 16, 16}, .frame_step = 2}) != before);
  CHECK(print({.size = {4, 16, 16}, .frames_per_second = 4}) != before);
  test::write_text(folder.file("captions.tsv"), "a.y4m\tgrey stops\nb.y4m\tgrey grows\n");
  CHECK(print() == before);
  test::write_text(folder.file("captions.tsv"), "b.y4m\tgrey grows\na.y4m\tgrey stops\n");
  CHECK(print() != before);
  test::write_text(folder.file("captions.tsv"), "a.y4m\tgrey grows\nc.y4m\tgrey stops\n");
  std::filesystem::rename(folder.file("b.y4m"), folder.file("c.y4m"));
  CHECK(print() == before);
  std::string bytes = test::read_text(folder.file("c.y4m"));
  bytes.back() ^= 1;
  test::write_text(folder.file("c.y4m"), bytes);
  CHECK(print() != before);
}
