// SPDX-License-Identifier: MIT
#include "flashvideo/data/small_world.hpp"

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("small world: triple number and triple are inverse") {
  for (index_t i = 0; i < num_sprite_triples; ++i) REQUIRE(triple_number(sprite_triple(i)) == i);
  REQUIRE(num_sprite_triples == 144);
}

TEST_CASE("small world: colours are the table's") {
  REQUIRE(rgb_of(SpriteColour::red) == Rgb{230, 60, 60});
  REQUIRE(rgb_of(SpriteColour::green) == Rgb{60, 200, 80});
  REQUIRE(rgb_of(SpriteColour::blue) == Rgb{80, 120, 255});
  REQUIRE(rgb_of(SpriteColour::yellow) == Rgb{240, 220, 70});
  REQUIRE(rgb_of(SpriteColour::white) == Rgb{240, 240, 240});
  REQUIRE(rgb_of(SpriteColour::purple) == Rgb{190, 80, 220});
}

TEST_CASE("small world: captions read as the table's") {
  const std::vector<SpriteTriple> two{{SpriteColour::red, SpriteShape::star, SpriteMotion::circle},
                                      {SpriteColour::blue, SpriteShape::ring, SpriteMotion::up_and_down}};
  REQUIRE(caption_of(two) == "a red star moves in a circle and a blue ring moves up and down");
  const std::vector<SpriteTriple> one{{SpriteColour::white, SpriteShape::cross, SpriteMotion::diagonal}};
  REQUIRE(caption_of(one) == "a white cross moves diagonally");
}

TEST_CASE("small world: every caption of one or two objects parses back") {
  for (index_t i = 0; i < num_sprite_triples; ++i) {
    const std::vector<SpriteTriple> one{sprite_triple(i)};
    REQUIRE(parse_caption(caption_of(one)) == one);
    for (index_t j = 0; j < num_sprite_triples; j += 7) {
      const std::vector<SpriteTriple> two{sprite_triple(i), sprite_triple(j)};
      REQUIRE(parse_caption(caption_of(two)) == two);
    }
  }
}

TEST_CASE("small world: other sentences are refused") {
  for (const char* wrong :
       {"", "a red star", "a red star moves", "red star moves in a circle", "a pink star moves in a circle",
        "a red star moves in a circle.", "a red star moves in a circle and",
        "a red star moves in a circle and a", "a red  star moves in a circle"}) {
    CAPTURE(wrong);
    REQUIRE_THROWS_AS(parse_caption(wrong), value_error);
  }
}
