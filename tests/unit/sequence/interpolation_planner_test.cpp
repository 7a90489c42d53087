// SPDX-License-Identifier: MIT
#include "flashvideo/sequence/interpolation_planner.hpp"

#include <cstdlib>
#include <vector>

#include "support/catch.hpp"

using namespace flashvideo;

namespace {

using Ids = std::vector<token_t>;

struct MorePerFrame {
  double operator()(index_t between) const { return between >= 5 ? 0.5 : 0.1 * static_cast<double>(between); }
};

// One letter per cell: d different, u unstable, s stable.
std::string letters(const std::vector<CellKind>& kinds) {
  std::string text;
  for (const CellKind kind : kinds)
    text += kind == CellKind::different ? 'd' : kind == CellKind::unstable ? 'u' : 's';
  return text;
}

// A frame, and one that differs in some cells.
std::pair<Ids, Ids> random_frames(RandomStream& random, index_t cells) {
  Ids left, right;
  const double changed = random.uniform() < 0.1 ? 0.0 : random.uniform(0.0, 0.3);
  for (index_t i = 0; i < cells; ++i) {
    left.push_back(static_cast<token_t>(random.below(3)));
    right.push_back(random.uniform() < changed ? left.back() + 1 : left.back());
  }
  return {left, right};
}

}  // namespace

TEST_CASE("InterpolationPlanner: cells around a difference are unstable (Figure 4)") {
  const Ids left(25, 7);
  Ids right = left;
  right[6] = 8;  // row 1, column 1
  CHECK(letters(InterpolationPlanner<>(5, 5).classify(left, right)) ==
        "uuuss"
        "uduss"
        "uuuss"
        "sssss"
        "sssss");
  CHECK(letters(InterpolationPlanner<>(5, 5, {}, 0).classify(left, right)) ==
        "sssss"
        "sdsss"
        "sssss"
        "sssss"
        "sssss");
  CHECK(letters(InterpolationPlanner<>(5, 5, {}, 2).classify(left, right)) ==
        "uuuus"
        "uduus"
        "uuuus"
        "uuuus"
        "sssss");
  right[8] = 8;  // row 1, column 3; the two rings meet in column 2
  right[9] = 8;  // row 1, column 4: the ring does not wrap into the next row
  CHECK(letters(InterpolationPlanner<>(5, 5).classify(left, right)) ==
        "uuuuu"
        "ududd"
        "uuuuu"
        "sssss"
        "sssss");
  const InterpolationPlan plan = InterpolationPlanner<>(5, 5).plan(left, right, 1, 2, 3);
  CHECK(plan.num_different == 3);
  CHECK(plan.num_unstable == 12);
  CHECK(plan.num_stable == 10);
  CHECK(plan.num_inherited == 2);  // 20 % of 10
}

TEST_CASE("InterpolationPlanner: a grid that is not square keeps rows and columns apart") {
  const Ids left{1, 1, 1, 1, 1, 1};
  const Ids right{1, 1, 1, 2, 1, 1};
  CHECK(letters(InterpolationPlanner<>(2, 3).classify(left, right)) == "uusdus");
  CHECK(letters(InterpolationPlanner<>(3, 2).classify(left, right)) == "uuuduu");
  CHECK(letters(InterpolationPlanner<>(1, 6).classify(left, right)) == "ssudus");
  CHECK(letters(InterpolationPlanner<>(6, 1).classify(left, right)) == "ssudus");
}

TEST_CASE("InterpolationPlanner: a plan partitions the grid and inherited ids equal both frames'") {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    RandomStream random(seed);
    const index_t height = 1 + random.below(17), width = 1 + random.below(17), ring = random.below(3);
    const double share = std::vector<double>{0.0, 0.2, 0.5, 1.0}[static_cast<std::size_t>(random.below(4))];
    const auto [left, right] = random_frames(random, height * width);
    const InterpolationPlanner<> planner(height, width, {share}, ring);
    const InterpolationPlan plan = planner.plan(left, right, seed, 3, 3);
    CAPTURE(seed, height, width, ring, share);

    index_t next = 0, inherited = 0;
    for (std::size_t r = 0; r < plan.runs.size(); ++r) {
      const InterpolationRun& run = plan.runs[r];
      REQUIRE(run.begin == next);
      REQUIRE(run.length >= 1);
      if (r > 0) REQUIRE(run.inherit != plan.runs[r - 1].inherit);
      next += run.length;
      if (!run.inherit) continue;
      inherited += run.length;
      for (index_t cell = run.begin; cell < run.begin + run.length;
           ++cell)  // nothing within the ring differs
        for (index_t other = 0; other < height * width; ++other) {
          const bool near = std::abs(other / width - cell / width) <= ring &&
                            std::abs(other % width - cell % width) <= ring;
          const std::size_t i = static_cast<std::size_t>(other);
          if (near) REQUIRE(left[i] == right[i]);
        }
    }
    CHECK(next == height * width);
    CHECK(plan.num_cells() == height * width);
    CHECK(plan.num_inherited == inherited);
    CHECK(plan.num_generated() == height * width - inherited);
    CHECK(plan.num_inherited == static_cast<index_t>(share * static_cast<double>(plan.num_stable) + 0.5));

    index_t different = 0, far = 0;  // the counts by the definition, cell by cell
    for (index_t cell = 0; cell < height * width; ++cell) {
      bool touched = false;
      for (index_t other = 0; other < height * width; ++other) {
        const std::size_t i = static_cast<std::size_t>(other);
        touched = touched || (left[i] != right[i] && std::abs(other / width - cell / width) <= ring &&
                              std::abs(other % width - cell % width) <= ring);
      }
      far += touched ? 0 : 1;
      different += left[static_cast<std::size_t>(cell)] != right[static_cast<std::size_t>(cell)] ? 1 : 0;
    }
    CHECK(plan.num_different == different);
    CHECK(plan.num_stable == far);
  }
}

TEST_CASE("InterpolationPlanner: a plan is a function of seed and display frame") {
  const Ids frame(64, 5);
  const InterpolationPlanner<> planner(8, 8);
  CHECK(planner.plan(frame, frame, 9, 4, 3) == planner.plan(frame, frame, 9, 4, 3));
  CHECK_FALSE(planner.plan(frame, frame, 9, 4, 3) == planner.plan(frame, frame, 9, 5, 3));
  CHECK_FALSE(planner.plan(frame, frame, 9, 4, 3) == planner.plan(frame, frame, 10, 4, 3));
  CHECK(planner.plan(planner.classify(frame, frame), {9, inherit_stream, 4}, 3) ==
        planner.plan(frame, frame, 9, 4, 3));
}

TEST_CASE("InterpolationPlanner: every stable cell is inherited equally often") {
  const Ids frame(20, 5);
  const InterpolationPlanner<> planner(4, 5);
  std::vector<int> count(20, 0);
  const int trials = 5000;
  for (int seed = 0; seed < trials; ++seed)
    for (const InterpolationRun& run :
         planner.plan(frame, frame, static_cast<std::uint64_t>(seed), 1, 3).runs)
      for (index_t cell = run.begin; cell < run.begin + run.length; ++cell)
        count[static_cast<std::size_t>(cell)] += run.inherit ? 1 : 0;
  for (const int inherited : count) CHECK(std::abs(inherited - trials / 5) < 150);  // 5.3 standard deviations
}

TEST_CASE("InterpolationPlanner: the share may depend on the number of frames") {
  const Ids frame(100, 5);
  const InterpolationPlanner<MorePerFrame> planner(10, 10);
  CHECK(planner.plan(frame, frame, 1, 1, 1).num_inherited == 10);
  CHECK(planner.plan(frame, frame, 1, 1, 3).num_inherited == 30);
  CHECK(planner.plan(frame, frame, 1, 1, 7).num_inherited == 50);
  CHECK(InterpolationPlanner<>(1, 5, {0.5}).plan(Ids(5, 1), Ids(5, 1), 1, 1, 1).num_inherited == 3);  // 2.5
}

TEST_CASE("InterpolationPlanner: grids and shares that do not fit are refused") {
  const InterpolationPlanner<> planner(2, 2);
  CHECK_THROWS_AS(planner.classify(Ids(4, 1), Ids(3, 1)), shape_error);
  CHECK_THROWS_AS(planner.classify(Ids(5, 1), Ids(4, 1)), shape_error);
  CHECK_THROWS_AS(planner.plan(std::vector<CellKind>(3), {}, 1), shape_error);
  CHECK_THROWS_AS(planner.plan(Ids(4, 1), Ids(4, 1), 1, 1, 0), value_error);
  CHECK_THROWS_AS(InterpolationPlanner<>(2, 2, {1.1}).plan(Ids(4, 1), Ids(4, 1), 1, 1, 1), value_error);
  CHECK_THROWS_AS(InterpolationPlanner<>(2, 2, {-0.1}).plan(Ids(4, 1), Ids(4, 1), 1, 1, 1), value_error);
  CHECK_THROWS_AS(InterpolationPlanner<>(0, 2), value_error);
  CHECK_THROWS_AS(InterpolationPlanner<>(2, 2, {}, -1), value_error);
}
