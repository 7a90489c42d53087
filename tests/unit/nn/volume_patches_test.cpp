// SPDX-License-Identifier: MIT
#include "flashvideo/nn/volume_patches.hpp"

#include <vector>

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE(
    "VolumeGrid: SAME gives ceil(n / stride) windows and puts the smaller half of the padding in front") {
  const VolumeGrid seven({{7, 7, 7}, {2, 2, 2}}, {1, 16, 224, 9});
  CHECK(seven.coarse == VolumeExtent{1, 8, 112, 5});
  CHECK(seven.front == VolumeSteps{2, 2, 3});  // 5, 5 and 6 pixels are missing
  const VolumeGrid even({{2, 2, 2}, {2, 2, 2}}, {3, 5, 4, 1});
  CHECK(even.coarse == VolumeExtent{3, 3, 2, 1});
  CHECK(even.front == VolumeSteps{0, 0, 0});  // 1, 0 and 1 pixels are missing, all of them behind
}

TEST_CASE("VolumeGrid: valid windows lie wholly inside") {
  const VolumeGrid grid({{2, 7, 7}, {1, 1, 1}, VolumePadding::valid}, {2, 4, 7, 8});
  CHECK(grid.coarse == VolumeExtent{2, 3, 1, 2});
  CHECK(grid.front == VolumeSteps{0, 0, 0});
  CHECK_THROWS_WITH(VolumeGrid({{2, 7, 7}, {1, 1, 1}, VolumePadding::valid}, {2, 4, 6, 8}),
                    "VolumeGrid: height of 6 is smaller than the window's 7");
  CHECK_THROWS_AS(VolumeGrid({{0, 1, 1}, {1, 1, 1}}, {1, 1, 1, 1}), value_error);
  CHECK_THROWS_AS(VolumeGrid({{1, 1, 1}, {1, 0, 1}}, {1, 1, 1, 1}), value_error);
}

TEST_CASE("GatherVolumePatches: each number is the pixel under it, zero outside") {
  const VolumeExtent extent{2, 3, 4, 5};
  constexpr index_t channels = 2;
  std::vector<double> video(static_cast<std::size_t>(extent.rows() * channels));
  for (std::size_t i = 0; i < video.size(); ++i) video[i] = static_cast<double>(i + 1);
  const VolumeGrid grid({{3, 2, 3}, {2, 1, 2}}, extent);
  const index_t patch = grid.window_pixels() * channels;
  std::vector<double> patches(static_cast<std::size_t>(grid.coarse.rows() * patch), -1);
  const index_t first = 3;  // a slice that does not begin with the first cell
  for (index_t i = 0; i < grid.coarse.rows() - first; ++i)
    GatherVolumePatches<double>{grid, channels, video.data(), patches.data(), first}(i);
  for (index_t cell = first; cell < grid.coarse.rows(); ++cell) {
    const index_t x0 = cell % grid.coarse.width, y0 = cell / grid.coarse.width % grid.coarse.height;
    const index_t t0 = cell / (grid.coarse.width * grid.coarse.height) % grid.coarse.frames;
    const index_t b = cell / (grid.coarse.width * grid.coarse.height * grid.coarse.frames);
    for (index_t k = 0; k < patch; ++k) {
      const index_t c = k % channels, kx = k / channels % 3, ky = k / channels / 3 % 2, kt = k / channels / 6;
      const index_t t = t0 * 2 - grid.front.frames + kt, y = y0 - grid.front.height + ky;
      const index_t x = x0 * 2 - grid.front.width + kx;
      const bool inside = t >= 0 && t < 3 && y >= 0 && y < 4 && x >= 0 && x < 5;
      const double expected =
          inside ? video[static_cast<std::size_t>((((b * 3 + t) * 4 + y) * 5 + x) * channels + c)] : 0;
      REQUIRE(patches[static_cast<std::size_t>((cell - first) * patch + k)] == expected);
    }
  }
}
