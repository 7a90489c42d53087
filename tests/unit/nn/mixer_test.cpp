// SPDX-License-Identifier: MIT
#include "flashvideo/nn/mixer.hpp"

#include <vector>

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("MixerConfiguration: widths of a head, and sizes that do not divide are refused") {
  const MixerConfiguration sizes{12, 15, 3, 1e-6};
  CHECK(sizes.d_key_of_head() == 4);
  CHECK(sizes.d_value_of_head() == 5);
  CHECK_NOTHROW(sizes.check("Mixer"));
  const auto check = [](index_t d_model, index_t d_value, index_t heads) {
    MixerConfiguration{d_model, d_value, heads, 1e-6}.check("Mixer");
  };
  CHECK_THROWS_WITH(check(12, 12, 0), "Mixer: num_heads is 0, expected >= 1");
  CHECK_THROWS_WITH(check(10, 12, 3), "Mixer: d_model is 10, expected a positive multiple of num_heads = 3");
  CHECK_THROWS_WITH(check(12, 0, 3), "Mixer: d_value is 0, expected a positive multiple of num_heads = 3");
}

TEST_CASE("MixerConfiguration: angles and decays are as many as a head and the heads need") {
  const MixerConfiguration sizes = MixerConfiguration{12, 15, 3, 1e-4}.with(Position::rope(), Decay{}, 64);
  CHECK(sizes.epsilon == 1e-4);
  CHECK(sizes.theta == Position::rope().angles(4));
  CHECK(sizes.lambda == Decay::horizon(32, 64).lambdas(3));
  CHECK_NOTHROW(sizes.check_theta("Mixer"));
  CHECK_NOTHROW(sizes.check_lambda("Mixer"));
  const MixerConfiguration none{12, 15, 3};
  CHECK_THROWS_WITH(none.check_theta("Mixer"),
                    "Mixer: theta has 0 angles, expected one for each pair of d_key = 4");
  CHECK_THROWS_WITH(none.check_lambda("Mixer"),
                    "Mixer: lambda has 0 decays, expected one for each of 3 heads");
}

TEST_CASE("lanes of a mixer: their spans lie within the rows and cover them") {
  int state = 0;
  using Lanes = std::vector<MixerLane<int>>;
  const auto check = [](const Lanes& lanes, index_t rows) { nn_detail::check_lanes("Mixer", lanes, rows); };
  CHECK_NOTHROW(check({{&state, 0, 2}, {&state, 2, 3}}, 5));
  CHECK_THROWS_WITH(check({{&state, 0, 2}}, 5), "Mixer::absorb: the lanes cover 2 of 5 rows");
  CHECK_THROWS_WITH(check({{&state, 3, 3}}, 5),
                    "Mixer::absorb: a span is rows 3 to 6, expected within 5 rows");
  CHECK_THROWS_AS(check({{&state, 0, 0}}, 0), shape_error);
  CHECK_THROWS_AS(check({{nullptr, 0, 1}}, 1), shape_error);
}
