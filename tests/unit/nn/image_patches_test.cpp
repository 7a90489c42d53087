// SPDX-License-Identifier: MIT
#include "flashvideo/nn/image_patches.hpp"

#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/gradient_check.hpp"

using namespace flashvideo;

namespace {

struct Case {
  index_t height, width, channels, kernel, stride, padding;
};
const Case cases[] = {{5, 7, 3, 3, 1, 1}, {8, 8, 2, 2, 2, 0}, {7, 5, 4, 4, 2, 1}, {6, 9, 1, 3, 2, 0},
                      {1, 1, 5, 3, 1, 1}, {9, 4, 2, 4, 3, 2}, {6, 6, 17, 1, 1, 0}};

PatchGrid grid_of(const Case& c, index_t count) {
  return {{count, c.height, c.width},
          {count, (c.height + 2 * c.padding - c.kernel) / c.stride + 1,
           (c.width + 2 * c.padding - c.kernel) / c.stride + 1},
          c.channels,
          c.kernel,
          c.stride,
          c.padding};
}

}  // namespace

TEST_CASE("GatherPatches: every window holds its pixels, and zeros outside the image") {
  const Cpu cpu(2);
  for (const Case& c : cases) {
    const PatchGrid grid = grid_of(c, 3);
    const auto image = test::normal_numbers<double>(grid.fine.rows() * c.channels, 1);
    std::vector<double> patches(static_cast<std::size_t>(grid.coarse.rows() * grid.patch_size()), 99);
    nn_detail::gather_patches(cpu, grid, image.data(), patches.data());
    for (index_t b = 0; b < 3; ++b)
      for (index_t v = 0; v < grid.coarse.height; ++v)
        for (index_t u = 0; u < grid.coarse.width; ++u)
          for (index_t ky = 0; ky < c.kernel; ++ky)
            for (index_t kx = 0; kx < c.kernel; ++kx)
              for (index_t i = 0; i < c.channels; ++i) {
                const index_t y = v * c.stride - c.padding + ky;
                const index_t x = u * c.stride - c.padding + kx;
                const bool inside = y >= 0 && x >= 0 && y < c.height && x < c.width;
                const double expected =
                    inside
                        ? image[static_cast<std::size_t>(((b * c.height + y) * c.width + x) * c.channels + i)]
                        : 0.0;
                const index_t cell = (b * grid.coarse.height + v) * grid.coarse.width + u;
                const double found = patches[static_cast<std::size_t>(cell * grid.patch_size() +
                                                                      (ky * c.kernel + kx) * c.channels + i)];
                if (found != expected) FAIL("window " << cell << " differs");
              }
  }
}

TEST_CASE("SumPatches: is the transpose of GatherPatches") {
  const Cpu cpu(2);
  for (const Case& c : cases) {
    const PatchGrid grid = grid_of(c, 2);
    const auto image = test::normal_numbers<double>(grid.fine.rows() * c.channels, 2);
    const auto patches = test::normal_numbers<double>(grid.coarse.rows() * grid.patch_size(), 3);
    std::vector<double> gathered(patches.size());
    std::vector<double> summed(image.size(), 99);
    nn_detail::gather_patches(cpu, grid, image.data(), gathered.data());
    nn_detail::sum_patches<Cpu, double>(cpu, grid, patches.data(), nullptr, summed.data(), false);
    CHECK(test::dot(gathered, patches) == Approx(test::dot(image, summed)).epsilon(1e-12));
  }
}

TEST_CASE("SumPatches: adds to what the image holds, or starts from the bias, tiled or not") {
  const Cpu cpu(1);
  for (const Case& c : {Case{6, 4, 3, 2, 2, 0}, Case{5, 4, 3, 3, 1, 1}}) {
    const PatchGrid grid = grid_of(c, 2);
    REQUIRE(grid.tiles() == (c.kernel == c.stride));
    const auto patches = test::normal_numbers<double>(grid.coarse.rows() * grid.patch_size(), 4);
    const std::vector<double> bias{1.5, -2, 0.25};
    std::vector<double> plain(static_cast<std::size_t>(grid.fine.rows() * 3));
    std::vector<double> biased(plain.size());
    std::vector<double> added(plain.size(), 10.0);
    nn_detail::sum_patches<Cpu, double>(cpu, grid, patches.data(), nullptr, plain.data(), false);
    nn_detail::sum_patches<Cpu, double>(cpu, grid, patches.data(), bias.data(), biased.data(), false);
    nn_detail::sum_patches<Cpu, double>(cpu, grid, patches.data(), nullptr, added.data(), true);
    for (std::size_t i = 0; i < plain.size(); ++i) {
      CHECK(biased[i] == Approx(plain[i] + bias[i % 3]).margin(1e-12));
      CHECK(added[i] == Approx(plain[i] + 10).margin(1e-12));
    }
    const SumPatches<double> general{grid, patches.data(), bias.data(), added.data(), false};
    for (index_t i = 0; i < grid.fine.rows(); ++i) general(i);
    CHECK(added == biased);
  }
}

TEST_CASE("images_of_slice: at least one image, at most all, within the budget") {
  const PatchGrid grid = grid_of({8, 8, 16, 3, 1, 1}, 10);
  const index_t image = 64 * 9 * 16;
  CHECK(nn_detail::images_of_slice(grid, 1) == 1);
  CHECK(nn_detail::images_of_slice(grid, 3 * image + 1) == 3);
  CHECK(nn_detail::images_of_slice(grid, 100 * image) == 10);
}
