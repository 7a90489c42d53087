// SPDX-License-Identifier: MIT
#include "flashvideo/backend/head_decay.hpp"

#include <cmath>

#include "support/catch.hpp"

using flashvideo::HeadDecay;
using flashvideo::index_t;

TEST_CASE("HeadDecay: powers are exp(n lambda), zero where no normal number is left") {
  const HeadDecay decay({-0.5, -1e-3, 0.0});
  for (const index_t n : {0, 1, 2, 17, 170}) {
    CHECK(decay.power<double>(0, n) == Approx(std::exp(-0.5 * static_cast<double>(n))).epsilon(1e-14));
    CHECK(decay.power<float>(1, n) == Approx(std::exp(-1e-3 * static_cast<double>(n))).epsilon(1e-7));
    CHECK(decay.power<double>(2, n) == 1.0);
  }
  CHECK(decay.power<float>(0, 180) == 0.0F);  // e^-90 would be subnormal
  CHECK(decay.power<double>(0, 180) > 0.0);
}

TEST_CASE("HeadDecay: sigma is the sum of all powers up to the position") {
  const HeadDecay decay({-0.5, -1e-5, 0.0});
  for (index_t h = 0; h < 3; ++h) {
    double sum = 0;
    for (index_t n = 0; n < 300; ++n) {
      sum += std::exp(static_cast<double>(n) * decay.lambda[h]);
      CHECK(decay.sigma(h, n) == Approx(sum).epsilon(1e-10));
    }
  }
}

TEST_CASE("HeadDecay: growing heads and too many heads are refused") {
  CHECK_THROWS_AS(HeadDecay({0.1}), flashvideo::value_error);
  CHECK_THROWS_AS(HeadDecay(std::vector<double>(65, -1.0)), flashvideo::value_error);
}
