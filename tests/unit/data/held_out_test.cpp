// SPDX-License-Identifier: MIT
#include "flashvideo/data/held_out.hpp"

#include <set>
#include <utility>

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("held out: exactly 18 of 144 triples, the rest is training's") {
  REQUIRE(triples_of(WorldSplit::held_out).size() == 18);
  REQUIRE(triples_of(WorldSplit::training).size() == 126);
  REQUIRE(triples_of(WorldSplit::all).size() == 144);
  for (const SpriteTriple& triple : triples_of(WorldSplit::training)) REQUIRE(!is_held_out(triple));
  for (const SpriteTriple& triple : triples_of(WorldSplit::held_out)) REQUIRE(is_held_out(triple));
}

TEST_CASE("held out: training sees every pair of attributes") {
  std::set<std::pair<int, int>> colour_shape, colour_motion, shape_motion;
  for (const SpriteTriple& triple : triples_of(WorldSplit::training)) {
    const int c = static_cast<int>(triple.colour), s = static_cast<int>(triple.shape);
    const int m = static_cast<int>(triple.motion);
    colour_shape.insert({c, s});
    colour_motion.insert({c, m});
    shape_motion.insert({s, m});
  }
  REQUIRE(colour_shape.size() == 36);
  REQUIRE(colour_motion.size() == 24);
  REQUIRE(shape_motion.size() == 24);
}

TEST_CASE("held out: no pair of attributes loses two triples") {
  const std::vector<SpriteTriple> held_out = triples_of(WorldSplit::held_out);
  for (std::size_t i = 0; i < held_out.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) REQUIRE(!data_detail::share_two_attributes(held_out[i], held_out[j]));
  }
}

TEST_CASE("held out: the choice never changes") {
  std::vector<index_t> numbers;
  for (const SpriteTriple& triple : triples_of(WorldSplit::held_out))
    numbers.push_back(triple_number(triple));
  REQUIRE(numbers ==
          std::vector<index_t>{3, 10, 16, 26, 37, 47, 57, 66, 68, 72, 79, 86, 102, 108, 117, 125, 128, 139});
}
