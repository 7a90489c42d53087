// SPDX-License-Identifier: MIT
#include "flashvideo/metrics/psnr.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("Psnr: black against white is 0 dB, a tenth of the range 20 dB") {
  const std::vector<std::uint8_t> black(300, 0), white(300, 255), a(300, 100), b(300, 125);
  CHECK(Psnr{}(black, white) == Approx(0).margin(1e-12));
  CHECK(Psnr{}(a, b) == Approx(20 * std::log10(255.0 / 25.0)).epsilon(1e-7));
}

TEST_CASE("Psnr: equal pictures are 100 dB, or infinite by choice") {
  const std::vector<std::uint8_t> a(300, 100);
  CHECK(Psnr{}(a, a) == 100);
  CHECK(std::isinf(Psnr{0, std::numeric_limits<double>::infinity()}(a, a)));
  CHECK_THROWS_AS(Psnr{}(a, std::vector<std::uint8_t>(299, 0)), shape_error);
  CHECK_THROWS_AS(Psnr{}({}, {}), shape_error);
}
