// SPDX-License-Identifier: MIT
#include "flashvideo/core/normal_floats.hpp"

#include "support/catch.hpp"

using namespace flashvideo;

#if FLASHVIDEO_X86
namespace {

__attribute__((noinline)) float product(const volatile float* factors) { return factors[0] * factors[1]; }

}  // namespace

TEST_CASE("NormalFloats: subnormal results and factors are zeros while one lives, and only then") {
  const volatile float result[] = {1e-20F, -1e-20F};
  const volatile float factor[] = {1e-40F, 1e10F};
  {
    const NormalFloats outer;
    {
      const NormalFloats inner;
      CHECK(product(result) == 0.0F);
    }
    CHECK(product(result) == 0.0F);
    CHECK(product(factor) == 0.0F);
  }
  CHECK(product(result) < 0.0F);
  CHECK(product(factor) > 0.0F);
}
#endif
