// SPDX-License-Identifier: MIT
#include "flashvideo/core/bfloat16.hpp"

#include <cmath>

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("bfloat16: every value is exact there and back, and halves round to even") {
  int wrong = 0;
  for (std::uint32_t bits = 0; bits < 0x10000U; ++bits) {
    const float value = bfloat16_to_float(static_cast<std::uint16_t>(bits));
    if (std::isnan(value)) continue;
    wrong += float_to_bfloat16(value) != bits;
  }
  CHECK(wrong == 0);
  CHECK(float_to_bfloat16(1.0F + 1.0F / 256) == float_to_bfloat16(1.0F));
  CHECK(bfloat16_to_float(float_to_bfloat16(1.0F + 3.0F / 256)) == 1.0F + 4.0F / 256);
}

TEST_CASE("normal_bfloat16: subnormal numbers are zeros of their sign, the others as they are") {
  int wrong = 0;
  for (std::uint32_t bits = 0; bits < 0x10000U; ++bits) {
    const float value = bfloat16_to_float(static_cast<std::uint16_t>(bits));
    if (std::isnan(value)) continue;
    const bool subnormal = std::fpclassify(value) == FP_SUBNORMAL;
    wrong += normal_bfloat16(value) != (subnormal ? bits & 0x8000U : bits);
  }
  CHECK(wrong == 0);
}
