// SPDX-License-Identifier: MIT
#include "flashvideo/data/mirrored_clips.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace flashvideo;

namespace {

/// Two clips of one frame of 1 x 3 pixels; the second caption names a side.
struct TwoClips {
  Clip clip(index_t i) const {
    const auto first = static_cast<std::uint8_t>(10 * i);
    Clip clip{caption(i), {}, clip_size()};
    for (int k = 0; k < 18; ++k) clip.frames.push_back(static_cast<std::uint8_t>(first + k));
    return clip;
  }
  std::string caption(index_t i) const { return i == 0 ? "a dog runs" : "a dog runs to the Left"; }
  std::string fingerprint(const ProgressHook&) const { return "two"; }
  std::optional<index_t> size() const { return 2; }
  ClipSize clip_size() const { return {1, 2, 3}; }
};

}  // namespace

TEST_CASE("Mirrored clips stand behind the others, where no caption names a side") {
  const MirroredClips clips(TwoClips{}, 2);
  CHECK(*clips.size() == 3);
  CHECK(clips.originals() == std::vector<index_t>{0, 1, 0});
  CHECK(clips.clip(1).frames == TwoClips{}.clip(1).frames);
  CHECK(clips.clip(2).frames ==
        std::vector<std::uint8_t>{6, 7, 8, 3, 4, 5, 0, 1, 2, 15, 16, 17, 12, 13, 14, 9, 10, 11});
  CHECK(clips.caption(2) == "a dog runs");
  CHECK(clips.fingerprint() != "two");
  CHECK_THROWS_AS(clips.clip(3), value_error);
  CHECK_THROWS_AS(MirroredClips(TwoClips{}, 0), value_error);
}

TEST_CASE("A side is named by words that begin with left or right, and by the clock's sense") {
  CHECK(names_a_side("moves RIGHT, then up"));
  CHECK(names_a_side("the leftmost ball"));
  CHECK(names_a_side("turns anticlockwise"));
  CHECK_FALSE(names_a_side("a bright light that cleft the clock"));
}
