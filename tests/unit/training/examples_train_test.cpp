// SPDX-License-Identifier: MIT
#include <unistd.h>

#include <algorithm>

#include <filesystem>
#include <numeric>
#include <string>
#include <vector>

#include "../../../examples/train/chosen_clips.hpp"
#include "../../../examples/train/chosen_configuration.hpp"
#include "../../../examples/train/held_out_losses.hpp"
#include "../../../examples/train/json_lines.hpp"
#include "../../../examples/train/time_plan.hpp"
#include "flashvideo/io/json_parser.hpp"
#include "support/catch.hpp"

using namespace example;
using flashvideo::index_t;

namespace {

/// Clips of one kind.
ClipFacts clips(index_t videos, VideoFacts video) {
  return {std::vector<VideoFacts>(static_cast<std::size_t>(videos), video), videos, 30, 9};
}

std::string temporary(const std::string& name) {
  const std::string path =
      (std::filesystem::temp_directory_path() / (name + std::to_string(::getpid()))).string();
  std::filesystem::remove(path);
  return path;
}

}  // namespace

TEST_CASE("Sizes follow from the clips, and every choice passes the configuration's check and reads back") {
  for (const char* preset : {"", "small", "medium"}) {
    for (const double minutes : {1.0, 60.0, 600.0}) {
      for (const VideoFacts& video :
           {VideoFacts{64, 64, 17, 8}, VideoFacts{240, 320, 90, 29.97}, VideoFacts{1080, 608, 12, 25},
            VideoFacts{10, 3000, 3, 2}, VideoFacts{48, 40, 400, 0}}) {
        const auto chosen = choose_configuration(clips(72, video), {preset, minutes});
        CHECK_NOTHROW(chosen.check());
        CHECK(chosen.image_tokenizer.sizes.image_height % 8 == 0);
        CHECK(chosen.decoder.sizes.longest_sequence >=
              5 * (chosen.image_tokenizer.sizes.tokens_per_image() + chosen.decoder.text_length + 1));
        const std::string json = flashvideo::to_json(chosen).dump();
        const auto read = training_configuration<flashvideo::VqVaeConfiguration>(
            flashvideo::parse_json(json_lines(json), "lines"), "lines");
        CHECK(flashvideo::to_json(read).dump() == json);
      }
    }
  }
  CHECK_THROWS_AS(choose_configuration({}, {}), flashvideo::value_error);
}

TEST_CASE(
    "Pictures keep about the clips' aspect and are never larger than these, frames are as long as most "
    "clips") {
  const auto wide = choose_configuration(clips(72, {240, 320, 90, 30}), {"small", 60});
  CHECK(wide.image_tokenizer.sizes.image_width == 72);
  CHECK(wide.image_tokenizer.sizes.image_height == 56);
  CHECK(wide.frames_per_second == 8);
  CHECK(wide.decoder.clip_frames() == 17);
  CHECK(wide.held_out == 0.125);
  CHECK(wide.decoder.text_length == 9);
  CHECK(choose_configuration(clips(72, {32, 40, 90, 30}), {"small", 60}).image_tokenizer.sizes.image_width ==
        40);

  // 40 frames at 30 frames/s are 11 at 8, but 20 at 15
  CHECK(choose_configuration(clips(8, {64, 64, 40, 30}), {}).frames_per_second == 15);
  const auto brief = choose_configuration(clips(8, {64, 64, 14, 30}), {});
  CHECK(brief.frames_per_second == 30);
  CHECK(brief.decoder.clip_frames() == 13);
  CHECK(choose_configuration(clips(7, {64, 64, 17, 8}), {}).held_out == 0);

  const auto wanted = choose_configuration(clips(72, {240, 320, 90, 30}), {"", 60, 48, 96, 12});
  CHECK(wanted.image_tokenizer.sizes.image_height == 48);
  CHECK(wanted.image_tokenizer.sizes.image_width == 96);
  CHECK(wanted.frames_per_second == 12);
}

TEST_CASE("Steps end in time, are never fewer than those that are made nor more than are wanted") {
  CHECK(steps_in_time(10, 0.5, 100, 1000) == 180);
  CHECK(steps_in_time(10, 0.5, 100, 50) == 50);
  CHECK(steps_in_time(60, 0.5, 100, 50) == 60);
  CHECK(steps_in_time(10, 0.5, -3, 50) == 10);
  CHECK(steps_in_time(0, 0, 1e9, 50) == 50);
}

TEST_CASE("A plan stays as it was measured, but the decoder's for other minutes") {
  const std::string path = temporary("plan");
  TimePlan plan(path, 60);
  CHECK(plan.steps("decoder") == 0);
  plan.set("image_tokenizer", 300);
  plan.set("decoder", 700);
  CHECK(TimePlan(path, 60).steps("decoder") == 700);
  CHECK(TimePlan(path, 90).steps("decoder") == 0);
  CHECK(TimePlan(path, 90).steps("image_tokenizer") == 300);
  std::filesystem::remove(path);
}

TEST_CASE("Strips show clips of different captions, and no clip twice") {
  const std::vector<std::string> captions = {"a", "a", "b", "a", "b", "c", "d"};
  const auto of = [&](index_t number) { return captions[static_cast<std::size_t>(number)]; };
  CHECK(different_clips({0, 1, 2, 3, 4, 5, 6}, 3, of) == std::vector<index_t>{0, 2, 5});
  CHECK(different_clips({1, 0, 2, 4, 3}, 3, of) == std::vector<index_t>{1, 2, 0});
  CHECK(different_clips({3, 1}, 3, of) == std::vector<index_t>{3, 1});
  CHECK(different_clips({5}, 3, of) == std::vector<index_t>{5});
}

TEST_CASE("An eighth is held out by originals, drawn by the seed, and something stays to be learnt") {
  std::vector<index_t> originals(40);
  std::iota(originals.begin(), originals.end(), index_t{0});
  for (index_t i = 0; i < 40; i += 2) originals.push_back(i);  // mirrored ones
  const ClipSplit split = split_clips(originals, 0.125, 3);
  CHECK(split.training.size() + split.held_out.size() == 60);
  std::vector<bool> held(40);
  for (const index_t clip : split.held_out)
    held[static_cast<std::size_t>(originals[static_cast<std::size_t>(clip)])] = true;
  CHECK(std::count(held.begin(), held.end(), true) == 5);
  for (const index_t clip : split.training)
    CHECK_FALSE(held[static_cast<std::size_t>(originals[static_cast<std::size_t>(clip)])]);
  CHECK(split_clips(originals, 0.125, 4).held_out != split.held_out);
  CHECK(split_clips(originals, 0, 3).training.size() == 60);
  CHECK(split_clips({0}, 0.9, 3).training.size() == 1);
}

TEST_CASE("Held-out losses are kept in a file, and those behind a checkpoint are forgotten") {
  const std::string path = temporary("held_out.csv");
  HeldOutLosses losses(path, 0);
  CHECK(losses.is_best(7));
  losses.add({20, 2.5});
  losses.add({40, 1.25});
  losses.add({60, 1.75});
  CHECK(losses.best().step == 40);
  CHECK_FALSE(losses.is_best(1.25));
  const HeldOutLosses again(path, 40);
  REQUIRE(again.rows().size() == 2);
  CHECK(again.best().loss == 1.25);
  CHECK(HeldOutLosses(path, 20).best().step == 20);
  std::filesystem::remove(path);
}
