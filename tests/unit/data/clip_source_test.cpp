// SPDX-License-Identifier: MIT
#include "flashvideo/data/clip_source.hpp"

#include "flashvideo/data/moving_shapes.hpp"
#include "support/catch.hpp"

using namespace flashvideo;

namespace {

/// Three clips of one black or grey pixel.
struct ThreeClips {
  Clip clip(index_t i) const {
    return {"clip " + std::to_string(i), {static_cast<std::uint8_t>(i), 0, 0, 9, 9, 9}, {2, 1, 1}};
  }
  std::string caption(index_t i) const { return "clip " + std::to_string(i); }
  std::string fingerprint(const ProgressHook&) const { return "three"; }
  std::optional<index_t> size() const { return 3; }
  ClipSize clip_size() const { return {2, 1, 1}; }
};

/// The same, with places of the captions.
struct PlacedClips : ThreeClips {
  std::string caption_place(index_t i) const { return "list: line " + std::to_string(i + 1); }
};

struct NoClips {
  std::optional<index_t> size() const { return 3; }
};

}  // namespace

static_assert(ClipSource<ThreeClips>);
static_assert(ClipSource<MovingShapes>);
static_assert(ClipSource<AnyClipSource>);
static_assert(!ClipSource<NoClips>);

TEST_CASE("AnyClipSource: says what its source says") {
  const AnyClipSource source = ThreeClips{};
  REQUIRE(source.size() == 3);
  REQUIRE(source.clip_size() == ClipSize{2, 1, 1});
  REQUIRE(source.clip(2).caption == "clip 2");
  REQUIRE(source.clip(2).frames.front() == 2);
  REQUIRE(source.caption(2) == "clip 2");
  REQUIRE(source.caption_place(2) == "clip 2");
  REQUIRE(AnyClipSource(PlacedClips{}).caption_place(2) == "list: line 3");
  REQUIRE(source.fingerprint() == "three");
  const AnyClipSource copy = source;
  REQUIRE(copy.clip(1).frames == source.clip(1).frames);
  const AnyClipSource world = MovingShapes({.seed = 4});
  REQUIRE(world.size() == std::nullopt);
  REQUIRE(world.clip(5).frames == MovingShapes({.seed = 4}).clip(5).frames);
}

TEST_CASE("Clip: frame t stands after t frames") {
  Clip clip = ThreeClips{}.clip(1);
  REQUIRE(clip.size.num_bytes() == 6);
  REQUIRE(clip.frame(0)[0] == 1);
  REQUIRE(clip.frame(1)[0] == 9);
}
