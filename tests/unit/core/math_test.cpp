// SPDX-License-Identifier: MIT
#include "flashvideo/core/math.hpp"

#include <cmath>
#include <limits>

#include "support/catch.hpp"

namespace fm = flashvideo::math;

namespace {

/// |actual - expected| in units of the last place of expected, as Scalar.
template <typename Scalar>
double ulps(Scalar actual, long double expected) {
  const Scalar rounded = static_cast<Scalar>(std::fabs(expected));
  const Scalar ulp = std::nextafter(rounded, std::numeric_limits<Scalar>::max()) - rounded;
  return static_cast<double>(std::fabs(static_cast<long double>(actual) - expected) /
                             static_cast<long double>(ulp));
}

}  // namespace

TEST_CASE("normal: subnormal numbers become zeros of their sign, all others stay") {
  const float smallest = std::numeric_limits<float>::min();
  for (const float x : {smallest, 1.0F, 0.0F, std::numeric_limits<float>::infinity()}) {
    CHECK(fm::normal(x) == x);
    CHECK(fm::normal(-x) == -x);
  }
  const float below = std::nextafter(smallest, 0.0F);
  CHECK(fm::normal(below) == 0.0F);
  CHECK(!std::signbit(fm::normal(below)));
  CHECK(fm::normal(-below) == 0.0F);
  CHECK(std::signbit(fm::normal(-below)));
}

TEST_CASE("normal_fma: what 24 bits of any exponent would leave below the smallest normal number is zero") {
  const float smallest = std::numeric_limits<float>::min();
  const auto below = [&](float part) { return fm::normal_fma(-0x1p-75F, part * 0x1p-51F, smallest); };
  CHECK(below(0x1p-24F) == 0.0F);      // 2^-126 - 2^-150 has 24 bits
  CHECK(below(0x1.02p-25F) == 0.0F);   // nearer to that than to 2^-126
  CHECK(below(0x1p-25F) == smallest);  // half-way, ties to even
  CHECK(below(0x1.02p-26F) == smallest);
  CHECK(fm::normal_fma(0x1p-75F, 0x1p-75F, -smallest) == 0.0F);
  CHECK(std::signbit(fm::normal_fma(0x1p-75F, 0x1p-75F, -smallest)));
  CHECK(fm::normal_fma(0x1p-63F, 0x1p-63F, 0.0F) == smallest);
  CHECK(fm::normal_fma(0x1p-63F, 0x1p-64F, 0.0F) == 0.0F);
  CHECK(fm::normal_fma(3.0F, 5.0F, 7.0F) == 22.0F);
}

TEMPLATE_TEST_CASE("exp: within two ulp of the exact value", "", float, double) {
  const double limit = sizeof(TestType) == 4 ? 87.0 : 700.0;
  double worst = 0;
  for (int i = -20000; i <= 20000; ++i) {
    const TestType x = static_cast<TestType>(limit * i / 20000.0);
    worst = std::max(worst, ulps(fm::exp(x), std::exp(static_cast<long double>(x))));
  }
  CHECK(worst < 2.0);
}

TEMPLATE_TEST_CASE("exp: exactly one at zero, positive far below, finite far above", "", float, double) {
  const TestType infinity = std::numeric_limits<TestType>::infinity();
  CHECK(fm::exp(TestType{0}) == TestType{1});
  for (const TestType x : {TestType{-1000}, -infinity}) {
    CHECK(fm::exp(x) > TestType{0});
    CHECK(fm::exp(x) < TestType(1.3e-38));
  }
  for (const TestType x : {TestType{1000}, infinity}) {
    CHECK(std::isfinite(fm::exp(x)));
    CHECK(fm::exp(x) > TestType(2e38));
  }
}

TEST_CASE("log: within four ulp of the exact value, over every scale") {
  double worst = 0;
  for (int exponent = -1000; exponent <= 1000; exponent += 7) {
    for (int i = 0; i < 64; ++i) {
      const double x = std::ldexp(1.0 + (i + 0.37) / 64.0, exponent);
      worst = std::max(worst, ulps(fm::log(x), std::log(static_cast<long double>(x))));
    }
  }
  CHECK(worst < 4.0);
  CHECK(fm::log(1.0) == 0.0);
}

TEST_CASE("sine_cosine: within 1e-15 of the exact values, in every quadrant") {
  double worst = 0;
  for (int i = -40000; i <= 40000; ++i) {
    const double x = 0.0237 * i;
    const auto actual = fm::sine_cosine(x);
    worst =
        std::max(worst, static_cast<double>(std::fabs(actual.sine - std::sin(static_cast<long double>(x)))));
    worst = std::max(worst,
                     static_cast<double>(std::fabs(actual.cosine - std::cos(static_cast<long double>(x)))));
  }
  CHECK(worst < 1e-15);
}

TEMPLATE_TEST_CASE("sigmoid: 1 / (1 + e^-x), and s(x) + s(-x) = 1", "", float, double) {
  const double tolerance = sizeof(TestType) == 4 ? 3e-7 : 1e-15;
  for (int i = -300; i <= 300; ++i) {
    const TestType x = static_cast<TestType>(i) / TestType{20};
    CHECK(std::fabs(fm::sigmoid(x) - 1.0 / (1.0 + std::exp(-static_cast<double>(x)))) < tolerance);
    CHECK(std::fabs(fm::sigmoid(x) + fm::sigmoid(-x) - 1.0) < tolerance);
  }
}

TEMPLATE_TEST_CASE("erf: the exact value, odd, bounded by one", "", float, double) {
  const double tolerance = sizeof(TestType) == 4 ? 4e-7 : 1e-15;
  for (int i = 0; i <= 800; ++i) {
    const TestType x = static_cast<TestType>(i) / TestType{100};
    CHECK(std::fabs(fm::erf(x) - std::erf(static_cast<double>(x))) < tolerance);
    CHECK(fm::erf(-x) == -fm::erf(x));
    CHECK(fm::erf(x) <= TestType{1});
  }
}

TEST_CASE("fma: rounds once") {
  const double a = 1.0 + std::ldexp(1.0, -30);
  CHECK(fm::fma(a, a, -(1.0 + std::ldexp(1.0, -29))) == std::ldexp(1.0, -60));
}
