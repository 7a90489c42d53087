// SPDX-License-Identifier: MIT
// planner/<step>/N:<cells>: frames of N cells (8 x 8 .. 128 x 128) of which a square of a quarter of the
// sides differs; 20 % of the stable cells are inherited.
//   classify  the kinds of the cells, once for a gap
//   plan      the runs of one frame
// Before the clock starts, the plan's counts are compared with those of the square and its ring.
#include <cmath>
#include <string>
#include <vector>

#include "common/measure.hpp"
#include "flashvideo/sequence/interpolation_planner.hpp"

namespace {

using namespace flashvideo;

struct Frames {
  index_t side;
  std::vector<token_t> left, right;
  index_t num_different, num_stable;

  explicit Frames(index_t cells)
      : side(static_cast<index_t>(std::lround(std::sqrt(static_cast<double>(cells))))),
        left(static_cast<std::size_t>(cells), 7),
        right(left),
        num_different(side / 4 * (side / 4)),
        num_stable(cells - (side / 4 + 2) * (side / 4 + 2)) {
    for (index_t y = 0; y < side / 4; ++y)
      for (index_t x = 0; x < side / 4; ++x)
        right[static_cast<std::size_t>((side / 4 + y) * side + side / 4 + x)] = 8;
  }
};

template <bool whole_frame>
void planner(benchmark::State& state) {
  const Frames frames(state.range(0));
  const InterpolationPlanner<> planner(frames.side, frames.side);
  const auto kinds = planner.classify(frames.left, frames.right);
  const InterpolationPlan expected = planner.plan(kinds, {1, inherit_stream, 2}, 3);
  index_t covered = 0;
  for (const InterpolationRun& run : expected.runs) covered += run.length;
  if (expected.num_different != frames.num_different || expected.num_stable != frames.num_stable ||
      expected.num_inherited != std::lround(0.2 * static_cast<double>(frames.num_stable)) ||
      covered != state.range(0)) {
    return state.SkipWithError("the plan's counts are wrong");
  }
  for (auto unused : state) {
    static_cast<void>(unused);
    if constexpr (whole_frame) {
      benchmark::DoNotOptimize(planner.plan(kinds, {1, inherit_stream, 2}, 3));
    } else {
      benchmark::DoNotOptimize(planner.classify(frames.left, frames.right));
    }
  }
  state.SetComplexityN(state.range(0));
  state.counters[whole_frame ? "frames/s" : "gaps/s"] = benchmarks::per_second(index_t{1});
  state.counters["cells/s"] = benchmarks::per_second(state.range(0));
}

const bool registered = [] {
  benchmarks::lengths(benchmark::RegisterBenchmark("planner/classify", planner<false>), 64, 16384);
  benchmarks::lengths(benchmark::RegisterBenchmark("planner/plan", planner<true>), 64, 16384);
  return true;
}();

}  // namespace
