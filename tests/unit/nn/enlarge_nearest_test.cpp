// SPDX-License-Identifier: MIT
#include "flashvideo/nn/enlarge_nearest.hpp"

#include <vector>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/gradient_check.hpp"

using namespace flashvideo;

TEST_CASE("enlarge_nearest: every new pixel is the old one that lies under it") {
  const Cpu cpu(2);
  for (const index_t factor : {1, 2, 3}) {
    const ImageExtent in{2, 3, 5};
    const index_t channels = 4;
    const auto x = test::normal_numbers<float>(in.rows() * channels, 1);
    std::vector<float> y(x.size() * static_cast<std::size_t>(factor * factor));
    const ImageExtent out =
        enlarge_nearest<Cpu, float>(cpu, in, factor, MatrixView<const float>(x.data(), {in.rows(), channels}),
                                    MatrixView<float>(y.data(), {in.rows() * factor * factor, channels}));
    CHECK(out == ImageExtent{2, 3 * factor, 5 * factor});
    for (index_t b = 0; b < out.count; ++b)
      for (index_t v = 0; v < out.height; ++v)
        for (index_t u = 0; u < out.width; ++u)
          for (index_t c = 0; c < channels; ++c) {
            const index_t from = ((b * in.height + v / factor) * in.width + u / factor) * channels + c;
            const index_t to = ((b * out.height + v) * out.width + u) * channels + c;
            REQUIRE(y[static_cast<std::size_t>(to)] == x[static_cast<std::size_t>(from)]);
          }
  }
}

TEST_CASE("enlarge_nearest: wrong sizes are named") {
  const Cpu cpu(1);
  std::vector<float> numbers(64);
  const MatrixView<const float> x(numbers.data(), {4, 2});
  CHECK_THROWS_WITH(
      (enlarge_nearest<Cpu, float>(cpu, {1, 2, 2}, 0, x, MatrixView<float>(numbers.data(), {16, 2}))),
      "enlarge_nearest: factor is 0, expected >= 1");
  CHECK_THROWS_WITH(
      (enlarge_nearest<Cpu, float>(cpu, {1, 2, 2}, 2, x, MatrixView<float>(numbers.data(), {15, 2}))),
      "enlarge_nearest: x is (4, 2) and y is (15, 2), expected dense (4, C) and (16, C)");
}
