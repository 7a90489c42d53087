// SPDX-License-Identifier: MIT
#include "flashvideo/nn/position.hpp"

#include <algorithm>
#include <cmath>

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("Position: xpos, torchscale's angles, end at exactly 1/base, rope before it") {
  const auto xpos = Position::xpos().angles(8);
  const auto rope = Position::rope().angles(8);
  REQUIRE(xpos.size() == 4);
  REQUIRE(rope.size() == 4);
  for (std::size_t j = 0; j < 4; ++j) {
    CHECK(xpos[j] == Approx(std::pow(10000.0, -static_cast<double>(j) / 3.0)).epsilon(1e-13));
    CHECK(rope[j] == Approx(std::pow(10000.0, -static_cast<double>(j) / 4.0)).epsilon(1e-13));
  }
  CHECK(Position::xpos().angles(2) == std::vector<double>{1.0});
  CHECK(Position::rope().angles(2) == std::vector<double>{1.0});
}

TEST_CASE("Position: frame harmonics come back with the frame or turn half way, each once") {
  const double turn = 6.283185307179586;
  const auto theta = Position::frame_harmonics(8).angles(16);  // 4 distinct multiples, both kinds of each
  const std::vector<double> multiples{0, 1.5, 2.5, 3, 0.5, 1, 2, 3.5};  // Thue-Morse: 0 1 1 0, then 1 0 0 1
  REQUIRE(theta.size() == multiples.size());
  for (std::size_t j = 0; j < theta.size(); ++j) CHECK(theta[j] == Approx(turn * multiples[j] / 8));
}

TEST_CASE("Position: with frame harmonics a query finds one token of the frame before, with xpos not") {
  // sum_j cos(theta_j (distance - 80)), the largest of all other distances in two frames of 80 tokens
  const auto largest_elsewhere = [](const std::vector<double>& theta) {
    double largest = 0;
    for (int distance = 1; distance < 160; ++distance) {
      double sum = 0;
      for (const double angle : theta) sum += std::cos(angle * (distance - 80));
      if (distance != 80) largest = std::max(largest, sum);
    }
    return largest / static_cast<double>(theta.size());
  };
  CHECK(largest_elsewhere(Position::frame_harmonics(80).angles(64)) < 0.45);
  CHECK(largest_elsewhere(Position::xpos().angles(64)) > 0.9);
  CHECK_THROWS_WITH(Position::frame_harmonics(1).angles(8), "Position: period is 1, expected >= 2");
  CHECK_THROWS_AS(Position::frame_harmonics(8).angles(5), shape_error);
}

TEST_CASE("Position: odd and empty head widths are refused") {
  CHECK_THROWS_WITH(Position::xpos().angles(5), "Position: d_key is 5, expected an even number >= 2");
  CHECK_THROWS_AS(Position::rope().angles(0), shape_error);
}

TEST_CASE("Position: stored angles are used as stored, an unknown rule is refused") {
  CHECK(Position::stored({0.3, 0.7}).angles(4) == std::vector<double>{0.3, 0.7});
  CHECK_THROWS_WITH(Position::stored({0.3}).angles(4), "Position: 1 stored angles for d_key = 4");
  CHECK_THROWS_WITH(Position{.rule = "alibi"}.angles(4),
                    "Position: rule is \"alibi\", expected xpos, rope, frame_harmonics or stored");
}
