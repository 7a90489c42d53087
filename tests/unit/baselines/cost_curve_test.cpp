// SPDX-License-Identifier: MIT
#include "baselines/cost_curve.hpp"

#include <utility>

#include "support/catch.hpp"

using namespace flashvideo;
using flashvideo::baselines::CostCurve;

TEST_CASE("baselines: a cost curve is exact for powers and marks what it extrapolates") {
  for (const double a : {0.0, 1.0, 2.0, -1.0}) {
    CostCurve curve;
    for (const double n : {1.0, 3.0, 10.0, 64.0}) curve.add(n, 2 * std::pow(n, a));
    for (const double n : {2.0, 10.0, 50.0, 1000.0}) {
      CAPTURE(a, n);
      CHECK(curve.at(n) == Approx(2 * std::pow(n, a)));
      const double whole = a == -1 ? 2 * std::log(n) : 2 * (std::pow(n, a + 1) - 1) / (a + 1);
      CHECK(curve.total(n) == Approx(2 + whole));
      CHECK(curve.extrapolated(n) == (n > 64));
    }
    CHECK(curve.total(0.5) == Approx(1));
    CHECK(curve.last_exponent() == Approx(a).margin(1e-12));
  }
  CostCurve one;
  CHECK_THROWS_AS(one.at(1), value_error);
  CHECK_THROWS_AS(one.of_sequence(1), value_error);
  one.add(4, 3);
  CHECK(one.total(8) == Approx(24));
  CHECK_THROWS_AS(one.add(4, 3), value_error);
  CHECK_THROWS_AS(one.add(5, 0), value_error);
}

TEST_CASE("baselines: a whole sequence costs at least as much per token behind the last point") {
  CostCurve slow_start;
  for (const auto& [n, cost] : {std::pair{1.0, 8.0}, {2.0, 24.0}, {4.0, 32.0}}) slow_start.add(n, cost);
  CHECK(slow_start.of_sequence(2) == Approx(24));
  CHECK(slow_start.of_sequence(16) == Approx(128));
  CostCurve square;
  for (const double n : {1.0, 2.0, 4.0}) square.add(n, n * n);
  CHECK(square.of_sequence(16) == Approx(256));
}
