// SPDX-License-Identifier: MIT
#include "flashvideo/data/moving_shapes.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("MovingShapes: the same seed and number give the same bytes, others do not") {
  const MovingShapes world({.seed = 7}), again({.seed = 7}), other({.seed = 8});
  for (const index_t i : {0, 1, 17, 123456789}) {
    const ShapesClip clip = world.clip(i);
    REQUIRE(static_cast<index_t>(clip.frames.size()) == 17 * 64 * 64 * 3);
    REQUIRE(clip.frames == again.clip(i).frames);
    REQUIRE(clip.caption == again.clip(i).caption);
    REQUIRE(clip.caption == world.caption(i));
    REQUIRE(clip.frames != other.clip(i).frames);
    REQUIRE(clip.frames != world.clip(i + 1).frames);
  }
}

TEST_CASE("MovingShapes: no training caption names a held out triple, and every other one appears") {
  const MovingShapes world({.seed = 3});
  std::set<index_t> seen;
  int two = 0;
  for (index_t i = 0; i < 20000; ++i) {
    const std::vector<SpriteTriple> triples = parse_caption(world.caption(i));
    two += triples.size() == 2;
    for (const SpriteTriple& triple : triples) {
      REQUIRE(!is_held_out(triple));
      seen.insert(triple_number(triple));
    }
  }
  REQUIRE(seen.size() == 126);
  REQUIRE(two > 9000);
  REQUIRE(two < 11000);
}

TEST_CASE("MovingShapes: the held out split names nothing else") {
  const MovingShapes world({.seed = 3, .split = WorldSplit::held_out, .two_object_share = 0.3});
  for (index_t i = 0; i < 500; ++i) {
    for (const SpriteTriple& triple : parse_caption(world.caption(i))) REQUIRE(is_held_out(triple));
  }
}

TEST_CASE("MovingShapes: the truth is the caption's, radii 9 .. 11 px") {
  const MovingShapes world({.seed = 11, .split = WorldSplit::all});
  double least = 1e9, largest = 0;
  for (index_t i = 0; i < 400; ++i) {
    const ShapesClip clip = world.clip(i);
    std::vector<SpriteTriple> triples;
    for (const SpriteTruth& sprite : clip.sprites) {
      triples.push_back(sprite.triple);
      REQUIRE(sprite.path.motion == sprite.triple.motion);
      least = std::min(least, sprite.radius);
      largest = std::max(largest, sprite.radius);
    }
    REQUIRE(caption_of(triples) == clip.caption);
  }
  REQUIRE(least >= 9.0);
  REQUIRE(least < 9.05);
  REQUIRE(largest <= 11.0);
  REQUIRE(largest > 10.95);
}

TEST_CASE("MovingShapes: two objects differ in colour and cover at most a fifth of each other") {
  const MovingShapes world({.seed = 2, .two_object_share = 1.0});
  int touching = 0;
  for (index_t i = 0; i < 300; ++i) {
    const ShapesClip clip = world.clip(i);
    REQUIRE(clip.sprites.size() == 2);
    REQUIRE(clip.sprites[0].triple.colour != clip.sprites[1].triple.colour);
    // by counting, on a grid of 4 x 4 samples per pixel, without the drawing code's masks
    double area[2] = {0, 0}, common = 0;
    for (int t = 0; t < 17; ++t) {
      for (int k = 0; k < 256 * 256; ++k) {
        bool inside[2];
        for (std::size_t o = 0; o < 2; ++o) {
          const SpritePoint centre = clip.sprites[o].path.at(t);
          const float x = static_cast<float>((k % 256 + 0.5) / 4 - centre.x);
          const float y = static_cast<float>((k / 256 + 0.5) / 4 - centre.y);
          inside[o] = data_detail::sprite_distance::visit(
              clip.sprites[o].triple.shape, static_cast<float>(clip.sprites[o].radius),
              [&](const auto& distance) { return distance(x, y) < 0.0F; });
          area[o] += inside[o];
        }
        common += inside[0] && inside[1];
      }
      if (i >= 40) break;  // the whole count for the first clips, the pair of colours for all
    }
    if (i >= 40) continue;
    touching += common > 0;
    REQUIRE(common <= 0.21 * std::min(area[0], area[1]));
  }
  REQUIRE(touching > 5);
}

TEST_CASE("MovingShapes: the last object of the caption is in front") {
  const MovingShapes world({.seed = 2, .two_object_share = 1.0});
  int checked = 0;
  for (index_t i = 0; i < 100; ++i) {
    const ShapesClip clip = world.clip(i);
    const SpriteTruth& front = clip.sprites[1];
    if (front.triple.shape == SpriteShape::ring) continue;  // hollow
    for (int t = 0; t < 17; ++t) {
      const SpritePoint centre = front.path.at(t);
      const index_t x = static_cast<index_t>(centre.x), y = static_cast<index_t>(centre.y);
      const std::uint8_t* pixel = clip.frame(t) + (y * 64 + x) * 3;
      REQUIRE(Rgb{pixel[0], pixel[1], pixel[2]} == rgb_of(front.triple.colour));
      ++checked;
    }
  }
  REQUIRE(checked > 500);
}

TEST_CASE("MovingShapes: clip_for shows what is asked, another number another clip") {
  const MovingShapes world({.seed = 5});
  const std::string caption = "a white cross moves in a circle and a green star moves diagonally";
  const ShapesClip clip = world.clip_for(caption, 1);
  REQUIRE(clip.caption == caption);
  REQUIRE(clip.frames == world.clip_for(caption, 1).frames);
  REQUIRE(clip.frames != world.clip_for(caption, 2).frames);
  for (const SpriteTriple& triple : triples_of(WorldSplit::held_out)) {
    REQUIRE(world.clip_for({&triple, 1}, 0).sprites.front().triple == triple);
  }
}

TEST_CASE("MovingShapes: every pair of triples with different colours can be drawn") {
  const MovingShapes world({.seed = 6});
  for (index_t s = 0; s < num_sprite_shapes * num_sprite_motions; ++s) {
    for (index_t other = 0; other < num_sprite_shapes * num_sprite_motions; other += 5) {
      SpriteTriple a = sprite_triple(s), b = sprite_triple(other);
      b.colour = SpriteColour::blue;
      const std::vector<SpriteTriple> triples{a, b};
      REQUIRE(world.clip_for(triples, 0).sprites.size() == 2);
    }
  }
}

TEST_CASE("MovingShapes: refuses what the world does not have") {
  REQUIRE_THROWS_AS(MovingShapes({.two_object_share = 1.5}), value_error);
  const MovingShapes world;
  REQUIRE_THROWS_AS(world.clip(-1), value_error);
  REQUIRE_THROWS_WITH(world.clip_for("a red star moves in a circle and a red ring moves diagonally", 0),
                      Catch::Contains("both objects are red"));
  const std::string star = "a red star moves in a circle", ring = " and a blue ring moves diagonally";
  REQUIRE_THROWS_WITH(world.clip_for(star + ring + ring, 0), Catch::Contains("3 objects asked"));
}

TEST_CASE("MovingShapes: the fingerprint follows every option") {
  const std::string print = MovingShapes({.seed = 1}).fingerprint();
  CHECK(print == MovingShapes({.seed = 1}).fingerprint());
  CHECK(print != MovingShapes({.seed = 2}).fingerprint());
  CHECK(print != MovingShapes({.seed = 1, .split = WorldSplit::held_out}).fingerprint());
  CHECK(print != MovingShapes({.seed = 1, .two_object_share = 0.25}).fingerprint());
}
