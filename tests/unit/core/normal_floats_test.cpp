// SPDX-License-Identifier: MIT
#include "flashvideo/core/normal_floats.hpp"

#include <cmath>

#include "support/catch.hpp"

using namespace flashvideo;

#if defined(__x86_64__)
namespace {

FLASHVIDEO_NOINLINE float product(const volatile float* factors) { return factors[0] * factors[1]; }

}  // namespace

TEST_CASE("NormalFloats: subnormal results and factors are zeros while one lives, and only then") {
  const volatile float result[] = {1e-20F, -1e-20F};
  const volatile float factor[] = {1e-40F, 1e10F};
  float inside, outside_inner, of_factor;
  {
    const NormalFloats outer;
    {
      const NormalFloats inner;
      inside = product(result);
    }
    outside_inner = product(result);
    of_factor = product(factor);
  }
  CHECK(std::fpclassify(inside) == FP_ZERO);
  CHECK(std::signbit(inside));
  CHECK(std::fpclassify(outside_inner) == FP_ZERO);
  CHECK(std::fpclassify(of_factor) == FP_ZERO);
  CHECK(std::fpclassify(product(result)) == FP_SUBNORMAL);
  CHECK(product(factor) > 1e-31F);
}
#endif
