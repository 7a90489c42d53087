// SPDX-License-Identifier: MIT
#include "flashvideo/nn/volume_pooling.hpp"

#include <algorithm>
#include <vector>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/core/random.hpp"
#include "support/catch.hpp"

using namespace flashvideo;

namespace {

/// The plain loop over one window; missing pixels take no part.
double pooled(bool mean, const VolumeGrid& grid, index_t channels, const std::vector<double>& x, index_t cell,
              index_t c) {
  const VolumePlace at(grid, cell);
  double largest = -1e300, sum = 0;
  int seen = 0;
  for (index_t t = at.t; t < at.t + grid.kernel.frames; ++t) {
    for (index_t row = at.y; row < at.y + grid.kernel.height; ++row) {
      for (index_t column = at.x; column < at.x + grid.kernel.width; ++column) {
        if (t < 0 || row < 0 || column < 0 || t >= grid.fine.frames || row >= grid.fine.height ||
            column >= grid.fine.width)
          continue;
        const index_t pixel =
            ((at.video * grid.fine.frames + t) * grid.fine.height + row) * grid.fine.width + column;
        const double value = x[static_cast<std::size_t>(pixel * channels + c)];
        largest = std::max(largest, value);
        sum += value;
        ++seen;
      }
    }
  }
  return mean ? sum / seen : largest;
}

}  // namespace

TEST_CASE("max_pool and average_pool: every number is that of the plain loop over its window") {
  const VolumeExtent extent{2, 3, 7, 5};
  constexpr index_t channels = 3;
  const Cpu cpu(2);
  std::vector<double> x(static_cast<std::size_t>(extent.rows() * channels));
  RandomStream random(RandomAddress{3, 0, 0});
  for (double& value : x) value = random.uniform(-1, 1);
  for (const VolumeWindow& window :
       {VolumeWindow{{1, 3, 3}, {1, 2, 2}}, VolumeWindow{{3, 3, 3}, {1, 1, 1}},
        VolumeWindow{{2, 2, 2}, {2, 2, 2}}, VolumeWindow{{2, 7, 5}, {1, 1, 1}, VolumePadding::valid}}) {
    const VolumeGrid grid(window, extent);
    std::vector<double> y(static_cast<std::size_t>(grid.coarse.rows() * channels)), z(y.size());
    const MatrixView<const double> in(x.data(), {extent.rows(), channels});
    max_pool(cpu, window, extent, in, MatrixView<double>(y.data(), {grid.coarse.rows(), channels}));
    average_pool(cpu, window, extent, in, MatrixView<double>(z.data(), {grid.coarse.rows(), channels}));
    for (index_t cell = 0; cell < grid.coarse.rows(); ++cell) {
      for (index_t c = 0; c < channels; ++c) {
        const auto at = static_cast<std::size_t>(cell * channels + c);
        REQUIRE(y[at] == pooled(false, grid, channels, x, cell, c));
        REQUIRE(z[at] == Approx(pooled(true, grid, channels, x, cell, c)).epsilon(1e-12));
      }
    }
  }
}

TEST_CASE("max_pool: extents that do not fit are refused") {
  const Cpu cpu(1);
  std::vector<float> x(24), y(24);
  const VolumeExtent extent{1, 2, 2, 3};
  CHECK_THROWS_AS(max_pool(cpu, {}, extent, MatrixView<const float>(x.data(), {11, 2}),
                           MatrixView<float>(y.data(), {12, 2})),
                  shape_error);
  CHECK_THROWS_AS(max_pool(cpu, {}, extent, MatrixView<const float>(x.data(), {12, 2}),
                           MatrixView<float>(y.data(), {12, 1})),
                  shape_error);
}
