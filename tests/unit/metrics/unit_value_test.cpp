// SPDX-License-Identifier: MIT
#include "flashvideo/metrics/unit_value.hpp"

#include "support/catch.hpp"

TEST_CASE("unit_value: bytes are quotients of 255, rounded to float32") {
  for (int b = 0; b < 256; ++b) {
    const double value = flashvideo::unit_value(static_cast<std::uint8_t>(b));
    REQUIRE(value == static_cast<double>(static_cast<float>(value)));
    REQUIRE(value == Approx(b / 255.0).epsilon(1e-7));
  }
  CHECK(flashvideo::unit_value(0) == 0);
  CHECK(flashvideo::unit_value(255) == 1);
}
