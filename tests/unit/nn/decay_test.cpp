// SPDX-License-Identifier: MIT
#include "flashvideo/nn/decay.hpp"

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("Decay: of retnet, gamma_h is 1 - 2^(-5-h)") {
  const auto lambda = Decay::retnet().lambdas(30);
  REQUIRE(lambda.size() == 30);
  for (int h = 0; h < 30; ++h) {
    CHECK(lambda[static_cast<std::size_t>(h)] == Approx(std::log1p(-std::pow(2.0, -5 - h))).epsilon(1e-14));
  }
}

TEST_CASE("Decay: horizons go geometrically from the shortest to the longest") {
  const auto horizon = [](double lambda) { return -1.0 / std::expm1(lambda); };
  const auto lambda = Decay::horizon(32, 512).lambdas(5);
  REQUIRE(lambda.size() == 5);
  for (std::size_t h = 0; h < 5; ++h) {
    CHECK(horizon(lambda[h]) == Approx(32 * std::pow(2.0, static_cast<double>(h))).epsilon(1e-10));
  }
  CHECK(horizon(Decay::horizon(32, 512).lambdas(1)[0]) == Approx(512));
  CHECK(horizon(Decay::horizon(40, 40).lambdas(2)[1]) == Approx(40));
}

TEST_CASE("Decay: horizons out of order are refused") {
  CHECK_THROWS_AS((Decay::horizon(64, 32).lambdas(2)), value_error);
  CHECK_THROWS_AS((Decay::horizon(1, 32).lambdas(2)), value_error);
}

TEST_CASE("Decay: stored decays are used as stored, an unknown rule is refused") {
  CHECK(Decay::stored({-0.3, -0.7}).lambdas(2) == std::vector<double>{-0.3, -0.7});
  CHECK_THROWS_WITH(Decay::stored({-0.3}).lambdas(2), "Decay: 1 stored decays for 2 heads");
  CHECK_THROWS_WITH(Decay{.rule = "slow"}.lambdas(2),
                    "Decay: rule is \"slow\", expected retnet, horizon or stored");
}

TEST_CASE("Decay: a horizon that is not given is the longest sequence, never below the shortest") {
  CHECK(Decay{}.lambdas(3, 512) == Decay::horizon(32, 512).lambdas(3));
  CHECK(Decay{}.lambdas(3, 5) == Decay::horizon(32, 32).lambdas(3));
  CHECK(Decay::horizon(32, 64).lambdas(3, 512) == Decay::horizon(32, 64).lambdas(3));
}
