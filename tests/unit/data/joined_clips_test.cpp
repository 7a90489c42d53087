// SPDX-License-Identifier: MIT
#include "flashvideo/data/joined_clips.hpp"

#include "flashvideo/data/moving_shapes.hpp"
#include "support/catch.hpp"

using namespace flashvideo;

namespace {

/// A few grey clips, the grey being name + number.
struct Greys {
  std::string name = "a";
  index_t count = 2;
  ClipSize extent = {2, 3, 4};

  Clip clip(index_t i) const {
    return {caption(i), std::vector<std::uint8_t>(24 * 3, static_cast<std::uint8_t>(name[0] + i)), extent};
  }
  std::string caption(index_t i) const { return name + std::to_string(i); }
  std::string caption_place(index_t i) const { return name + ".tsv: line " + std::to_string(i); }
  std::string fingerprint(const ProgressHook&) const { return name; }
  std::optional<index_t> size() const { return count; }
  ClipSize clip_size() const { return extent; }
};

}  // namespace

TEST_CASE("JoinedClips: every clip of every source once, one of each in turn, with its caption") {
  const JoinedClips joined({Greys{"a", 2}, Greys{"b", 0}, Greys{"c", 3}});
  REQUIRE(joined.size() == 5);
  CHECK(joined.clip_size() == ClipSize{2, 3, 4});
  const std::vector<std::string> expected = {"a0", "c0", "a1", "c1", "c2"};
  for (index_t i = 0; i < 5; ++i) {
    const std::string& name = expected[static_cast<std::size_t>(i)];
    CHECK(joined.caption(i) == name);
    CHECK(joined.caption_place(i) == name.substr(0, 1) + ".tsv: line " + name.substr(1));
    CHECK(joined.clip(i).caption == name);
    CHECK(joined.clip(i).frames[7] == name[0] + (name[1] - '0'));
  }
  CHECK_THROWS_WITH(joined.clip(5), "JoinedClips::clip: number is 5, expected 0..4");
  CHECK_THROWS_AS(joined.caption(-1), value_error);
}

TEST_CASE("JoinedClips: the fingerprint tells sources and their order") {
  const auto print = [](const std::string& first, const std::string& second) {
    return JoinedClips({Greys{first, 1}, Greys{second, 1}}).fingerprint();
  };
  CHECK(print("a", "b") == print("a", "b"));
  CHECK(print("a", "b") != print("b", "a"));
  CHECK(print("a", "b") != print("a", "c"));
}

TEST_CASE("JoinedClips: nothing, sources without end and other extents are refused") {
  CHECK_THROWS_WITH(JoinedClips({}), "JoinedClips: no source, expected at least one");
  CHECK_THROWS_WITH(JoinedClips({MovingShapes({.seed = 1})}), "JoinedClips: source 0 is without end");
  CHECK_THROWS_WITH((JoinedClips({Greys{"a", 1}, Greys{"b", 1, {2, 4, 3}}})),
                    "JoinedClips: source 1 has clips of 2 x 4 x 3, expected 2 x 3 x 4 as the first (frames, "
                    "height, width)");
}
