// SPDX-License-Identifier: MIT
#include "flashvideo/metrics/ssim.hpp"

#include <cmath>
#include <vector>

#include "flashvideo/core/random.hpp"
#include "support/catch.hpp"

using namespace flashvideo;

namespace {

std::vector<std::uint8_t> noise(index_t height, index_t width, std::uint64_t seed) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(height * width * 3));
  RandomStream random(RandomAddress{seed, 0, 0});
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.below(256));
  return bytes;
}

/// The two-dimensional definition of one channel, a plain loop.
double by_definition(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b, index_t height,
                     index_t width, int c) {
  double window[11][11], total = 0;
  for (int y = 0; y < 11; ++y) {
    for (int x = 0; x < 11; ++x)
      total += window[y][x] = std::exp(-((y - 5) * (y - 5) + (x - 5) * (x - 5)) / 4.5);
  }
  double sum = 0;
  for (index_t y = 0; y + 11 <= height; ++y) {
    for (index_t x = 0; x + 11 <= width; ++x) {
      double ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
      for (index_t i = 0; i < 121; ++i) {
        const double w = window[i / 11][i % 11] / total;
        const auto at = static_cast<std::size_t>(((y + i / 11) * width + x + i % 11) * 3 + c);
        const double u = unit_value(a[at]), v = unit_value(b[at]);
        ma += w * u, mb += w * v, aa += w * u * u, bb += w * v * v, ab += w * u * v;
      }
      const double c1 = 1e-4, c2 = 9e-4;
      sum += (2 * ma * mb + c1) * (2 * (ab - ma * mb) + c2) /
             ((ma * ma + mb * mb + c1) * (aa - ma * ma + bb - mb * mb + c2));
    }
  }
  return sum / static_cast<double>((height - 10) * (width - 10));
}

}  // namespace

TEST_CASE("Ssim: agrees with the two-dimensional definition") {
  const auto a = noise(13, 17, 1), b = noise(13, 17, 2);
  const double expected =
      (by_definition(a, b, 13, 17, 0) + by_definition(a, b, 13, 17, 1) + by_definition(a, b, 13, 17, 2)) / 3;
  CHECK(Ssim{}(a, b, 13, 17) == Approx(expected).margin(1e-13));
  CHECK(Ssim{}(a, a, 13, 17) == Approx(1).epsilon(1e-12));
}

TEST_CASE("Ssim: black against white is C1 over 1 + C1, in every form") {
  const std::vector<std::uint8_t> black(12 * 12 * 3, 0), white(12 * 12 * 3, 255);
  for (const SsimChannels channels : {SsimChannels::each, SsimChannels::grey, SsimChannels::grey_8_bit})
    CHECK(Ssim{channels}(black, white, 12, 12) == Approx(1e-4 / 1.0001).epsilon(1e-9));
}

TEST_CASE("Ssim: grey of 8 bits rounds as PIL does, clipping changes flat pictures by rounding alone") {
  std::vector<std::uint8_t> colour(11 * 11 * 3), grey(colour.size());
  for (std::size_t i = 0; i < colour.size(); i += 3) {
    colour[i] = 10, colour[i + 1] = 200, colour[i + 2] = 40;
    grey[i] = grey[i + 1] = grey[i + 2] =
        125;  // (19595 10 + 38470 200 + 7471 40 + 32768) / 65536, 124.95 before rounding
  }
  CHECK(Ssim{SsimChannels::grey_8_bit}(colour, grey, 11, 11) == Approx(1).epsilon(1e-12));
  const auto a = noise(11, 11, 3), b = noise(11, 11, 4);
  CHECK(Ssim{SsimChannels::grey, true}(a, b, 11, 11) ==
        Approx(Ssim{SsimChannels::grey}(a, b, 11, 11)).epsilon(1e-9));
  int lowered = 0;  // a variance below zero, which rounding made of a flat picture, raises the similarity
  const std::vector<std::uint8_t> black(colour.size(), 0);
  for (int level = 1; level < 256; ++level) {
    const std::vector<std::uint8_t> flat(colour.size(), static_cast<std::uint8_t>(level));
    const double plain = Ssim{SsimChannels::grey}(flat, black, 11, 11);
    const double clipped = Ssim{SsimChannels::grey, true}(flat, black, 11, 11);
    REQUIRE(clipped <= plain);
    lowered += clipped < plain ? 1 : 0;
  }
  CHECK(lowered > 0);
}

TEST_CASE("Ssim: too small a picture and wrong bytes are refused") {
  const std::vector<std::uint8_t> bytes(10 * 20 * 3);
  CHECK_THROWS_WITH(Ssim{}(bytes, bytes, 10, 20),
                    "Ssim: the picture is 20 x 10 pixels (width x height), expected at least 11 x 11");
  CHECK_THROWS_AS(Ssim{}(bytes, bytes, 11, 20), shape_error);
}
