// SPDX-License-Identifier: MIT
#include "flashvideo/data/labelled_videos.hpp"

#include "support/catch.hpp"
#include "support/grey_clips.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

static_assert(ClipSource<LabelledVideos>);

namespace {

/// Four videos of 12, 9, 6 and 3 frames.
std::vector<LabelledVideo> write_four(const TemporaryFolder& folder) {
  std::vector<LabelledVideo> videos;
  for (int v = 0; v < 4; ++v) {
    const std::string path = folder.file(std::to_string(v) + (v % 2 == 0 ? ".avi" : ".mp4"));
    write_grey_clip(path, 12 - 3 * v, 40 + 40 * v);
    videos.push_back({path, v, "Class" + std::to_string(v), "list: line " + std::to_string(v + 1)});
  }
  return videos;
}

void near(const Clip& clip, const std::vector<int>& expected) {
  const std::vector<int> found = lumas(clip);
  REQUIRE(found.size() == expected.size());
  for (std::size_t t = 0; t < found.size(); ++t) CHECK(found[t] == Approx(expected[t]).margin(1.5));
}

}  // namespace

TEST_CASE("LabelledVideos: first, every and random windows with a stride") {
  const TemporaryFolder folder(fast_parent());
  const std::vector<LabelledVideo> videos = write_four(folder);
  LabelledVideosOptions options{.size = {3, 8, 8}, .stride = 2, .threads = 2};
  const LabelledVideos first("set", videos, options);
  REQUIRE(*first.size() == 3);
  near(first.clip(1), {80, 84, 88});
  CHECK(first.caption(2) == "a person is doing class2");
  CHECK(first.caption_place(2) == "list: line 3");
  CHECK(first.label(2).class_id == 2);
  CHECK(first.clip_size() == ClipSize{3, 8, 8});
  CHECK(first.summary().too_short == std::vector<std::string>{folder.file("3.mp4") + " (3 of 5 frames)"});
  CHECK(first.summary().text() ==
        "set: 3 videos, 3 clips of 3 frames\nevery 2nd frame, whatever the rate; "
        "videos: 3 of 25 frames/s\nleft out: 1 too short: " +
            folder.file("3.mp4") + " (3 of 5 frames)\n");
  options.choice = ClipChoice::every_window;
  const LabelledVideos every("set", videos, options);
  REQUIRE(*every.size() == 8 + 5 + 2);
  near(every.clip(7), {54, 58, 62});
  near(every.clip(14), {122, 126, 130});
  options.most_clips = 4;  // runs 0, 3, 7 and 11 of the 15
  const LabelledVideos spread("set", videos, options);
  REQUIRE(*spread.size() == 4);
  CHECK(spread.summary().text().starts_with("set: 3 videos, 4 clips of 3 frames\n"));
  const index_t runs[] = {0, 3, 7, 11};
  for (index_t i = 0; i < 4; ++i) {
    CHECK(spread.clip(i).frames == every.clip(runs[i]).frames);
    CHECK(spread.caption(i) == every.caption(runs[i]));
  }
  CHECK(spread.fingerprint() != every.fingerprint());
  CHECK_THROWS_AS(spread.clip(4), value_error);
  options.most_clips = 0;
  options.choice = ClipChoice::random;
  options.seed = 7;
  const LabelledVideos random("set", videos, options);
  REQUIRE(*random.size() == 3);
  const ClipWindows windows{3, 2, ClipChoice::random, 7};
  for (index_t i = 0; i < 3; ++i) {
    const int start = static_cast<int>(windows.first_frame(12 - 3 * i, static_cast<std::uint64_t>(i), 0));
    near(random.clip(i),
         {40 + 40 * static_cast<int>(i) + 2 * start, 44 + 40 * static_cast<int>(i) + 2 * start,
          48 + 40 * static_cast<int>(i) + 2 * start});
  }
  CHECK_THROWS_AS(first.clip(3), value_error);
  CHECK_THROWS_AS(first.caption(-1), value_error);
  CHECK_THROWS_AS(LabelledVideos("set", videos, {.stride = 0}), value_error);
  CHECK_THROWS_AS(LabelledVideos("set", videos, {.size = {3, 0, 8}}), value_error);
  CHECK_THROWS_AS(LabelledVideos("set", videos, {.most_damaged = 2}), value_error);
  CHECK_THROWS_WITH(LabelledVideos("set", {}), "set: no video can be used: there is none");
}

TEST_CASE("LabelledVideos: damaged videos are named, counted and left out, beyond a share refused") {
  const TemporaryFolder folder(fast_parent());
  std::vector<LabelledVideo> videos = write_four(folder);
  const LabelledVideos whole("set", videos, {.size = {3, 8, 8}, .choice = ClipChoice::random, .seed = 3});
  write_text(videos[1].path, "no video at all, as a page of a web server that says no");
  const auto open = [&](double most) {
    return LabelledVideos("set", videos,
                          {.size = {3, 8, 8}, .choice = ClipChoice::random, .seed = 3, .most_damaged = most});
  };
  CHECK_THROWS_WITH(open(0.2), Catch::Contains("set: 1 of 4 videos is damaged, at most 20 % may be: ") &&
                                   Catch::Contains(videos[1].path));
  CHECK_THROWS_AS(open(0), format_error);
  const LabelledVideos rest = open(0.25);
  REQUIRE(rest.summary().damaged.size() == 1);
  CHECK(rest.summary().left_out().starts_with("1 damaged: " + videos[1].path));
  REQUIRE(*rest.size() == 3);
  // those that are left are as they were
  CHECK(rest.clip(0).frames == whole.clip(0).frames);
  CHECK(rest.clip(1).frames == whole.clip(2).frames);
  write_text(videos[2].path, "gone");
  CHECK_THROWS_AS(open(1).clip(5), value_error);
  CHECK_THROWS_WITH(rest.clip(1), Catch::Contains(videos[2].path));
}

TEST_CASE("LabelledVideos: a seed's order is one order, and the first videos of it are taken") {
  const TemporaryFolder folder(fast_parent());
  const std::vector<LabelledVideo> videos = write_four(folder);
  const auto order = [&](std::uint64_t seed, index_t most) {
    const LabelledVideos clips("set", videos,
                               {.size = {1, 8, 8}, .seed = seed, .shuffled = true, .most_videos = most});
    std::vector<index_t> ids;
    for (index_t i = 0; i < *clips.size(); ++i) ids.push_back(clips.label(i).class_id);
    return ids;
  };
  const std::vector<index_t> all = order(1, 0);
  CHECK(all == order(1, 4));
  CHECK(all.size() == 4);
  CHECK(order(1, 2) == std::vector<index_t>(all.begin(), all.begin() + 2));
  bool differs = false;
  for (std::uint64_t seed = 2; seed < 6; ++seed) differs = differs || order(seed, 0) != all;
  CHECK(differs);
  std::vector<index_t> sorted = all;
  std::sort(sorted.begin(), sorted.end());
  CHECK(sorted == std::vector<index_t>{0, 1, 2, 3});
}

TEST_CASE("LabelledVideos: pictures come to the size by the protocols' own rule") {
  const TemporaryFolder folder(fast_parent());
  const std::vector<LabelledVideo> videos = write_four(folder);
  const LabelledVideos clips("set", videos, {.size = {1, 16, 16}});
  const auto source = open_video_source(videos[0].path);
  VideoFrame frame;
  REQUIRE(source->next_frame(frame));
  std::vector<std::uint8_t> expected;
  append_fitted(frame.image.bytes(), 24, 32, FrameFit::centre_crop, 16, 16, expected);
  CHECK(clips.clip(0).frames == expected);
}

TEST_CASE("LabelledVideos: spread runs and crops are clips of their own") {
  const TemporaryFolder folder(fast_parent());
  Image picture(8, 24);  // dark, grey, light from left to right
  for (index_t y = 0; y < 8; ++y) {
    for (index_t x = 8; x < 24; ++x) picture.set(y, x, x < 16 ? Rgb{100, 100, 100} : Rgb{200, 200, 200});
  }
  std::filesystem::create_directories(folder.file("video"));
  const auto sink = open_video_sink(folder.file("video") + "/", {});
  for (int t = 0; t < 3; ++t) {
    sink->write(picture);
    picture = Image(8, 24, {50, 50, 50});
  }
  sink->finish();
  const LabelledVideos clips("set", {{folder.file("video"), 0, "A", ""}},
                             {.size = {1, 8, 8}, .choice = ClipChoice::spread, .runs = 2, .crops = 3});
  REQUIRE(*clips.size() == 6);
  std::vector<int> found;
  for (index_t i = 0; i < 6; ++i) found.push_back(clips.clip(i).frames[0]);
  CHECK(found == std::vector<int>{0, 100, 200, 50, 50, 50});
}

TEST_CASE("LabelledVideos: the fingerprint follows bytes and runs, not names") {
  const TemporaryFolder folder(fast_parent());
  std::vector<LabelledVideo> videos = write_four(folder);
  const auto print = [&](const LabelledVideosOptions& options) {
    return LabelledVideos("set", videos, options).fingerprint();
  };
  const std::string before = print({.size = {2, 8, 8}});
  CHECK(print({.size = {2, 8, 8}, .seed = 5}) == before);
  CHECK(print({.size = {2, 8, 8}, .stride = 2}) != before);
  CHECK(print({.size = {2, 8, 8}, .choice = ClipChoice::every_window}) != before);
  CHECK(print({.size = {2, 8, 8}, .crops = 3}) != before);
  CHECK(print({.size = {2, 8, 8}, .choice = ClipChoice::random, .seed = 1}) !=
        print({.size = {2, 8, 8}, .choice = ClipChoice::random, .seed = 2}));
  CHECK(print({.size = {2, 8, 8}, .fit = FrameFit::squash}) != before);
  std::filesystem::rename(videos[0].path, folder.file("other.avi"));
  videos[0].path = folder.file("other.avi");
  CHECK(print({.size = {2, 8, 8}}) == before);
  write_grey_clip(videos[0].path, 12, 41);
  CHECK(print({.size = {2, 8, 8}}) != before);
}
