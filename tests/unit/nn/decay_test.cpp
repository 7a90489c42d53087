// SPDX-License-Identifier: MIT
#include "flashvideo/nn/decay.hpp"

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("RetNetDecay: gamma_h is 1 - 2^(-5-h)") {
  const auto lambda = RetNetDecay{}.lambdas(30);
  REQUIRE(lambda.size() == 30);
  for (int h = 0; h < 30; ++h) {
    CHECK(lambda[static_cast<std::size_t>(h)] == Approx(std::log1p(-std::pow(2.0, -5 - h))).epsilon(1e-14));
  }
}

TEST_CASE("HorizonDecay: horizons go geometrically from the shortest to the longest") {
  const auto horizon = [](double lambda) { return -1.0 / std::expm1(lambda); };
  const auto lambda = HorizonDecay{32, 512}.lambdas(5);
  REQUIRE(lambda.size() == 5);
  for (std::size_t h = 0; h < 5; ++h) {
    CHECK(horizon(lambda[h]) == Approx(32 * std::pow(2.0, static_cast<double>(h))).epsilon(1e-10));
  }
  CHECK(horizon(HorizonDecay{32, 512}.lambdas(1)[0]) == Approx(512));
  CHECK(horizon(HorizonDecay{40, 40}.lambdas(2)[1]) == Approx(40));
}

TEST_CASE("HorizonDecay: horizons out of order are refused") {
  CHECK_THROWS_AS((HorizonDecay{64, 32}.lambdas(2)), value_error);
  CHECK_THROWS_AS((HorizonDecay{1, 32}.lambdas(2)), value_error);
}
