// SPDX-License-Identifier: MIT
#include "flashvideo/nn/conv3d.hpp"

#include <vector>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/catch.hpp"

using namespace flashvideo;

namespace {

struct Identity {
  static double value(double x) { return x; }
};

/// One output number by the plain loop.
double convolved(const VolumeGrid& grid, index_t d_in, const double* w, const std::vector<double>& x,
                 index_t cell) {
  const VolumePlace at(grid, cell);
  double sum = 0;
  for (index_t kt = 0; kt < grid.kernel.frames; ++kt) {
    for (index_t ky = 0; ky < grid.kernel.height; ++ky) {
      for (index_t kx = 0; kx < grid.kernel.width; ++kx) {
        const index_t t = at.t + kt, row = at.y + ky, column = at.x + kx;
        for (index_t i = 0; i < d_in; ++i, ++w) {
          if (t < 0 || row < 0 || column < 0 || t >= grid.fine.frames || row >= grid.fine.height ||
              column >= grid.fine.width)
            continue;
          const index_t pixel =
              ((at.video * grid.fine.frames + t) * grid.fine.height + row) * grid.fine.width + column;
          sum += *w * x[static_cast<std::size_t>(pixel * d_in + i)];
        }
      }
    }
  }
  return sum;
}

}  // namespace

TEST_CASE("Conv3d: agrees with the plain loop, into a block of columns, with bias and activation") {
  const Cpu cpu(2);
  const VolumeExtent extent{2, 5, 6, 4};
  for (const VolumeWindow& window : {VolumeWindow{{3, 3, 3}, {1, 1, 1}}, VolumeWindow{{7, 7, 7}, {2, 2, 2}},
                                     VolumeWindow{{1, 1, 1}, {1, 1, 1}}, VolumeWindow{{1, 1, 1}, {2, 1, 2}},
                                     VolumeWindow{{2, 3, 1}, {1, 2, 1}, VolumePadding::valid}}) {
    constexpr index_t d_in = 3, d_out = 5, wide = 8, column = 2;
    ParameterLayout layout;
    const Conv3d<double> conv(layout, "conv", d_in, d_out, window);
    std::vector<double> values = initial_values<double>(layout, 7);
    for (index_t o = 0; o < d_out; ++o)
      values[static_cast<std::size_t>(conv.bias().offset + o)] = 0.1 * static_cast<double>(o) - 0.2;
    std::vector<double> x(static_cast<std::size_t>(extent.rows() * d_in));
    RandomStream random(RandomAddress{1, 2, 3});
    for (double& value : x) value = random.uniform(-1, 1);
    const VolumeGrid grid(window, extent);
    REQUIRE(conv.output_extent(extent) == grid.coarse);
    std::vector<double> y(static_cast<std::size_t>(grid.coarse.rows() * wide), 9), z = y;
    Workspace<Cpu> workspace(cpu);
    const MatrixView<const double> in(x.data(), {extent.rows(), d_in});
    const auto block = [&](std::vector<double>& out) {
      return MatrixView<double>(out.data(), {grid.coarse.rows(), wide}).columns(column, d_out);
    };
    conv.forward<Identity>(cpu, GemmProduct{}, ParameterView<const double>(values.data()), extent, in,
                           block(y), workspace);
    conv.forward<Relu>(cpu, RowsProduct{}, ParameterView<const double>(values.data()), extent, in, block(z),
                       workspace);
    const index_t patch = grid.window_pixels() * d_in;
    for (index_t cell = 0; cell < grid.coarse.rows(); ++cell) {
      for (index_t o = 0; o < wide; ++o) {
        const auto at = static_cast<std::size_t>(cell * wide + o);
        if (o < column || o >= column + d_out) {
          REQUIRE(y[at] == 9);  // other columns stay
          continue;
        }
        const index_t channel = o - column;
        const double expected =
            convolved(grid, d_in, values.data() + conv.weight().offset + channel * patch, x, cell) +
            values[static_cast<std::size_t>(conv.bias().offset + channel)];
        REQUIRE(y[at] == Approx(expected).margin(1e-12));
        REQUIRE(z[at] == Approx(expected > 0 ? expected : 0).margin(1e-12));
      }
    }
  }
}

TEST_CASE("Conv3d: PyTorch's order of weights becomes ours") {
  ParameterLayout layout;
  const Conv3d<float> conv(layout, "conv", 2, 3, {{2, 1, 2}, {1, 1, 1}});
  std::vector<float> theirs(24), ours(24);
  for (std::size_t i = 0; i < 24; ++i) theirs[i] = static_cast<float>(i);
  conv.weight_from_torch(theirs.data(), ours.data());
  for (std::size_t o = 0; o < 3; ++o) {
    for (std::size_t k = 0; k < 4; ++k) {
      for (std::size_t i = 0; i < 2; ++i) CHECK(ours[(o * 4 + k) * 2 + i] == theirs[(o * 2 + i) * 4 + k]);
    }
  }
}

TEST_CASE("Conv3d: rows that do not fit the extent are refused") {
  const Cpu cpu(1);
  ParameterLayout layout;
  const Conv3d<float> conv(layout, "conv", 2, 3, {});
  std::vector<float> values(static_cast<std::size_t>(layout.size())), x(16), y(24);
  Workspace<Cpu> workspace(cpu);
  CHECK_THROWS_AS(conv.forward<Relu>(cpu, GemmProduct{}, ParameterView<const float>(values.data()),
                                     {1, 2, 2, 2}, MatrixView<const float>(x.data(), {7, 2}),
                                     MatrixView<float>(y.data(), {8, 3}), workspace),
                  shape_error);
}
