// SPDX-License-Identifier: MIT
#include "flashvideo/training/schedule.hpp"

#include <cmath>

#include "support/catch.hpp"

using flashvideo::index_t;
using flashvideo::LearningRateSchedule;
using flashvideo::value_error;

TEST_CASE("LearningRateSchedule: warm-up then half a cosine", "[training]") {
  const auto schedule = LearningRateSchedule::cosine(2.0, 4, 14, 0.5);
  CHECK(schedule.at(0) == Approx(0.5));
  CHECK(schedule.at(1) == Approx(1.0));
  CHECK(schedule.at(3) == Approx(2.0));
  CHECK(schedule.at(4) == Approx(2.0));
  CHECK(schedule.at(9) == Approx(1.25));
  for (index_t step = 4; step < 20; ++step) {
    const double p = std::min(1.0, static_cast<double>(step - 4) / 10);
    CHECK(schedule.at(step) == Approx(0.5 + 1.5 * (1 + std::cos(3.141592653589793 * p)) / 2).epsilon(1e-12));
  }
  CHECK(schedule.at(14) == Approx(0.5));
  CHECK(schedule.at(1000) == Approx(0.5));
}

TEST_CASE("LearningRateSchedule: constant, with and without warm-up", "[training]") {
  CHECK(LearningRateSchedule::constant(0.1).at(0) == 0.1);
  CHECK(LearningRateSchedule::constant(0.1).at(1'000'000) == 0.1);
  CHECK(LearningRateSchedule::constant(0.1, 10).at(4) == Approx(0.05));
  CHECK(LearningRateSchedule::constant(0.1, 10).at(10) == 0.1);
}

TEST_CASE("LearningRateSchedule: a warm-up as long as the run is allowed", "[training]") {
  const auto schedule = LearningRateSchedule::cosine(1.0, 5, 5);
  CHECK(schedule.at(4) == 1.0);
  CHECK(std::isfinite(schedule.at(5)));
}

TEST_CASE("LearningRateSchedule: values out of range are refused", "[training]") {
  CHECK_THROWS_AS(LearningRateSchedule::constant(0).check(), value_error);
  CHECK_THROWS_AS(LearningRateSchedule::constant(1, -1).check(), value_error);
  CHECK_THROWS_AS(LearningRateSchedule::cosine(1, 0, -1).check(), value_error);
  CHECK_THROWS_WITH(LearningRateSchedule::cosine(1, 0, 10, 2).check(),
                    "LearningRateSchedule: floor is 2, expected 0 .. peak = 1");
}
