// SPDX-License-Identifier: MIT
#include "flashvideo/training/objective.hpp"

#include <set>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/catch.hpp"
#include "unit/training/linear_regression.hpp"

using namespace flashvideo;

static_assert(TrainingObjective<test::LinearRegression<float, Cpu>, Cpu>);
static_assert(!TrainingObjective<Cpu, Cpu>);
static_assert(training_detail::HasState<test::LinearRegression<float, Cpu>>);
static_assert(!training_detail::HasInitialize<test::LinearRegression<float, Cpu>, Cpu>);

TEST_CASE("MicroBatch: samples do not depend on the split of a step", "[training]") {
  std::set<index_t> seen;
  for (index_t step = 0; step < 3; ++step) {
    for (index_t i = 0; i < 12; ++i) {
      const MicroBatch whole{9, step, 0, 1};
      const MicroBatch part{9, step, i / 4, 3};
      CHECK(whole.sample_number(12, i) == part.sample_number(4, i % 4));
      const RandomAddress a = whole.sample_address(12, i);
      const RandomAddress b = part.sample_address(4, i % 4);
      CHECK(a.seed == b.seed);
      CHECK(a.stream == b.stream);
      CHECK(a.position == b.position);
      seen.insert(whole.sample_number(12, i));
    }
  }
  CHECK(seen.size() == 36);
  CHECK(*seen.rbegin() == 35);
}

TEST_CASE("MicroBatch: samples and steps have their own random numbers", "[training]") {
  const MicroBatch first{9, 0, 0, 1};
  const MicroBatch second{9, 1, 0, 1};
  CHECK(first.sample_address(2, 1).position - first.sample_address(2, 0).position == 1U << 20);
  CHECK(second.step_address().position - first.step_address().position == 1U << 20);
  CHECK(first.step_address().stream != first.sample_address(2, 0).stream);
}

TEST_CASE("StepLoss: sums and the mean", "[training]") {
  StepLoss loss{3, 2};
  loss += {5, 2};
  CHECK(loss.mean() == 2);
  CHECK(StepLoss{}.mean() == 0);
}
