// SPDX-License-Identifier: MIT
#include "../../../examples/train/caption_check.hpp"

#include "flashvideo/data/moving_shapes.hpp"
#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("caption check: the forms of the captions go with their words, also of triples held out") {
  const AnyClipSource source(MovingShapes({.seed = 3, .split = WorldSplit::training}));
  const example::CaptionCheck check = example::check_captions(source, 2000, {}, "", 15);
  CHECK(check.notes.empty());
  REQUIRE(check.forms.length == 3);
  CHECK(check.forms.example == source.caption(0));
  for (index_t i = 0; i < num_sprite_triples; ++i) {
    const SpriteTriple triple = sprite_triple(i);
    CHECK(check.forms.note(caption_of({&triple, 1})).empty());
  }
  CHECK_FALSE(check.forms.note("star").empty());
  CHECK(example::check_captions(source, 10, {}, "", 15).forms.length == 0);  // too few to say
}

TEST_CASE("caption check: captions that are too long are named, and cut") {
  const AnyClipSource source(MovingShapes({.seed = 3, .two_object_share = 1.0}));
  const example::CaptionCheck check = example::check_captions(source, 3, {}, "", 8);
  REQUIRE(check.notes.size() == 1);
  CHECK(check.notes[0].starts_with("captions of more than the 8 tokens of text_length, which are cut: "));
}
