// SPDX-License-Identifier: MIT
#include "flashvideo/generation/generation_options.hpp"

#include <cmath>
#include <limits>
#include <string>

#include "support/catch.hpp"

using namespace flashvideo;

namespace {

template <typename Change>
std::string complaint(const Change& change) {
  GenerationOptions options;
  change(options);
  try {
    options.check();
  } catch (const value_error& wrong) {
    return wrong.what();
  }
  return "nothing";
}

}  // namespace

TEST_CASE("GenerationOptions: the defaults are the paper's 17 frames") {
  const GenerationOptions options;
  CHECK_NOTHROW(options.check());
  CHECK(options.frame_count() == 17);
  CHECK(options.key_frame_count() == 5);
  CHECK(options.schedule().stride() == 4);
  CHECK(options.sampling.temperature == 1);
  CHECK(options.sampling.top_k == 50);
  CHECK(options.sampling.top_p == 1);
  CHECK(options.inherit == 0.2);
  CHECK(options.draft_length == DraftLength::adaptive);
}

TEST_CASE("GenerationOptions: lanes are computed without text where guidance or the text's effect needs it") {
  GenerationOptions options;
  CHECK(options.guidance == 1);
  CHECK_FALSE(options.needs_textless());
  options.text_effect = true;
  CHECK(options.needs_textless());
  options = {.guidance = 0};
  CHECK(options.needs_textless());
}

TEST_CASE("GenerationOptions: a number of frames makes as few key frames as reach it") {
  GenerationOptions options;
  for (const auto& [frames, keys] :
       {std::pair<index_t, index_t>{1, 1}, {2, 2}, {5, 2}, {6, 3}, {17, 5}, {100, 26}}) {
    options.frames = frames;
    CHECK(options.frame_count() == frames);
    CHECK(options.key_frame_count() == keys);
  }
  options.rounds = 0;
  options.frames = 7;
  CHECK(options.key_frame_count() == 7);
  options.frames = 0;
  CHECK(options.frame_count() == 5);
}

TEST_CASE("GenerationOptions: an option out of range is named") {
  using O = GenerationOptions;
  CHECK(complaint([](O&) {}) == "nothing");
  CHECK(complaint([](O& o) { o.key_frames = 0; }) == "GenerationOptions: key_frames is 0, expected >= 1");
  CHECK(complaint([](O& o) { o.frames = -1; }) == "GenerationOptions: frames is -1, expected >= 0");
  CHECK(complaint([](O& o) { o.ring = -1; }) == "GenerationOptions: ring is -1, expected >= 0");
  CHECK(complaint([](O& o) { o.lanes = 0; }) == "GenerationOptions: lanes is 0, expected >= 1");
  CHECK(complaint([](O& o) { o.lookahead = 0; }) == "GenerationOptions: lookahead is 0, expected >= 1");
  CHECK(complaint([](O& o) { o.longest_span = 0; }) == "GenerationOptions: longest_span is 0, expected >= 1");
  CHECK(complaint([](O& o) { o.speculation = -1; }) == "GenerationOptions: speculation is -1, expected >= 0");
  CHECK(complaint([](O& o) { o.inherit = 1.5; }) ==
        "GenerationOptions: inherit is 1.5, expected within [0, 1]");
  CHECK(complaint([](O& o) { o.inherit = std::nan(""); }) ==
        "GenerationOptions: inherit is nan, expected within [0, 1]");
  CHECK(complaint([](O& o) { o.guidance = std::nan(""); }) ==
        "GenerationOptions: guidance is nan, expected within [-1000, 1000]");
  CHECK(complaint([](O& o) { o.guidance = -std::numeric_limits<double>::infinity(); }) ==
        "GenerationOptions: guidance is -inf, expected within [-1000, 1000]");
  CHECK(complaint([](O& o) { o.guidance = 1000.5; }) ==
        "GenerationOptions: guidance is 1000.5, expected within [-1000, 1000]");
  CHECK(complaint([](O& o) { o.guidance = -2; }) == "nothing");
  CHECK(complaint([](O& o) { o.rounds = -1; }) == "InterpolationSchedule: rounds is -1, expected >= 0");
  CHECK(complaint([](O& o) { o.between = 0; }) == "InterpolationSchedule: between is 0, expected >= 1");
  CHECK(complaint([](O& o) { o.sampling.top_p = 0; }) ==
        "SamplingOptions: top_p is 0, expected within (0, 1]");
}
