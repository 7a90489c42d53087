// SPDX-License-Identifier: MIT
#include "flashvideo/nn/activation.hpp"

#include <cmath>

#include "support/catch.hpp"

using namespace flashvideo;

TEMPLATE_TEST_CASE("Activation: the derivative is that of the value", "", Swish, Gelu, Relu) {
  for (double x = -8.05; x < 8; x += 0.1) {
    const double step = 1e-5;
    const double slope = (TestType::value(x + step) - TestType::value(x - step)) / (2 * step);
    CHECK(TestType::derivative(x) == Approx(slope).margin(1e-8));
    CHECK(TestType::derivative(static_cast<float>(x)) == Approx(TestType::derivative(x)).margin(2e-6));
    CHECK(TestType::value(static_cast<float>(x)) == Approx(TestType::value(x)).margin(2e-6));
  }
}

TEST_CASE("Activation: values are those of the formulas") {
  for (double x = -5; x <= 5; x += 0.25) {
    CHECK(Swish::value(x) == Approx(x / (1 + std::exp(-x))).margin(1e-14));
    CHECK(Gelu::value(x) == Approx(x * 0.5 * std::erfc(-x / std::sqrt(2.0))).margin(1e-14));
    CHECK(Relu::value(x) == std::max(x, 0.0));
  }
}
