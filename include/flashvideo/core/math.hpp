// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// Elementary functions whose bits do not depend on the C library, the instruction set or the compiler's
/// flags: every multiply-add is an explicit fma, every other operation is a correctly rounded IEEE one. They
/// are branch-free, so that loops over them vectorise inside functions with a `target` attribute. Generation
/// uses only these.

#include <cmath>
#include <concepts>
#include <cstdint>

#include "flashvideo/core/config.hpp"

namespace flashvideo::math {

/// a * b + c, rounded once.
FLASHVIDEO_HOST_DEVICE inline float fma(float a, float b, float c) { return std::fma(a, b, c); }
/// The same in double.
FLASHVIDEO_HOST_DEVICE inline double fma(double a, double b, double c) { return std::fma(a, b, c); }

/// x, or a zero of its sign if it is subnormal.
FLASHVIDEO_HOST_DEVICE inline float normal(float x) {
  const auto bits = __builtin_bit_cast(std::uint32_t, x);
  return (bits & 0x7F800000U) == 0 ? __builtin_bit_cast(float, bits & 0x80000000U) : x;
}

/// a * b + c of numbers that are not subnormal, rounded once to 24 bits of any exponent, then `normal`: as
/// x86 does it when it flushes to zero. `a` and `b` have at most 8 significant bits.
FLASHVIDEO_HOST_DEVICE inline float normal_fma(float a, float b, float c) {
  const float sum = fma(a, b, c);
  if ((__builtin_bit_cast(std::uint32_t, sum) & 0x7FFFFFFFU) == 0x00800000U) {
    // 2^-126 may have been rounded up from below, where 24 bits would not have reached it
    const double exact = fma(static_cast<double>(a), static_cast<double>(b), static_cast<double>(c));
    if ((exact < 0 ? -exact : exact) < 0x1p-126 - 0x1p-151) return sum < 0 ? -0.0F : 0.0F;
  }
  return normal(sum);
}

}  // namespace flashvideo::math

namespace flashvideo::core_detail {

/// c0 + r (c1 + r (c2 + ...)) (Horner), without a loop so that callers' loops vectorise.
template <typename Scalar>
FLASHVIDEO_HOST_DEVICE inline Scalar horner(Scalar, Scalar c0) {
  return c0;
}
template <typename Scalar, typename... Rest>
FLASHVIDEO_HOST_DEVICE inline Scalar horner(Scalar r, Scalar c0, Rest... rest) {
  return math::fma(horner(r, rest...), r, c0);
}

/// x within [low, high]; a NaN stays. Each comparison is one min or max instruction.
template <typename Scalar>
FLASHVIDEO_HOST_DEVICE inline Scalar clamp(Scalar x, Scalar low, Scalar high) {
  const Scalar raised = low > x ? low : x;
  return high < raised ? high : raised;
}

}  // namespace flashvideo::core_detail

namespace flashvideo::math {

/// e^x; relative error below 2 ulp; arguments are clamped to [-87.3, 88.3], so the result is positive and
/// finite.
FLASHVIDEO_HOST_DEVICE inline float exp(float x) {
  const float clamped = core_detail::clamp(x, -87.3F, 88.3F);
  const float shifter = 12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer in the low bits
  const float shifted = fma(clamped, 1.44269504F, shifter);
  const float n = shifted - shifter;
  float r = fma(n, -0.693145752F, clamped);
  r = fma(n, -1.42860677e-6F, r);
  const float mantissa = core_detail::horner(r, 1.0F, 1.0F, 0.5F, 0.166666657F, 0.0416664556F, 0.00833338592F,
                                             0.00139304355F, 0.000199670494F);
  const std::uint32_t scale = (__builtin_bit_cast(std::uint32_t, shifted) + 127U) << 23;
  return mantissa * __builtin_bit_cast(float, scale);
}

/// e^x; relative error below 2 ulp; arguments are clamped to [-708, 709], so the result is positive and
/// finite.
FLASHVIDEO_HOST_DEVICE inline double exp(double x) {
  const double clamped = core_detail::clamp(x, -708.0, 709.0);
  const double shifter = 6755399441055744.0;  // 1.5 * 2^52
  const double shifted = fma(clamped, 1.4426950408889634, shifter);
  const double n = shifted - shifter;
  double r = fma(n, -6.93147180369123816490e-01, clamped);
  r = fma(n, -1.90821492927058770002e-10, r);
  const double mantissa = core_detail::horner(r, 1.0, 1.0, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720,
                                              1.0 / 5040, 1.0 / 40320, 1.0 / 362880, 1.0 / 3628800,
                                              1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800.0);
  const std::uint64_t scale = (__builtin_bit_cast(std::uint64_t, shifted) + 1023U) << 52;
  return mantissa * __builtin_bit_cast(double, scale);
}

/// Natural logarithm of a positive normal number; relative error of a few ulp.
FLASHVIDEO_HOST_DEVICE inline double log(double x) {
  const std::uint64_t bits = __builtin_bit_cast(std::uint64_t, x);
  // m in [sqrt(1/2), sqrt(2)), x = 2^e m
  const std::uint64_t offset = bits - 0x3FE6A09E667F3BCDULL;
  const std::int64_t e = static_cast<std::int64_t>(offset) >> 52;
  const double m = __builtin_bit_cast(double, bits - (static_cast<std::uint64_t>(e) << 52));
  const double s = (m - 1.0) / (m + 1.0);
  const double s2 = s * s;
  const double log_m = s * core_detail::horner(s2, 2.0, 2.0 / 3, 2.0 / 5, 2.0 / 7, 2.0 / 9, 2.0 / 11,
                                               2.0 / 13, 2.0 / 15, 2.0 / 17, 2.0 / 19, 2.0 / 21);
  return fma(static_cast<double>(e), 0.6931471805599453, log_m);
}

/// Sine and cosine of an angle in radians.
template <std::floating_point Scalar>
struct SineCosine {
  Scalar sine;    ///< sin x
  Scalar cosine;  ///< cos x
};

/// Sine and cosine, |x| <= 2^30; absolute error below 1e-15 up to |x| = 2^20.
FLASHVIDEO_HOST_DEVICE inline SineCosine<double> sine_cosine(double x) {
  const double shifter = 6755399441055744.0;
  const double shifted = fma(x, 0.63661977236758134, shifter);
  const double n = shifted - shifter;
  double r = fma(n, -1.5707963267948966, x);
  r = fma(n, -6.123233995736766e-17, r);
  const double r2 = r * r;
  const double sine =
      r * core_detail::horner(r2, 1.0, -1.0 / 6, 1.0 / 120, -1.0 / 5040, 1.0 / 362880, -1.0 / 39916800,
                              1.0 / 6227020800.0, -1.0 / 1307674368000.0, 1.0 / 355687428096000.0);
  const double cosine = core_detail::horner(r2, 1.0, -1.0 / 2, 1.0 / 24, -1.0 / 720, 1.0 / 40320,
                                            -1.0 / 3628800, 1.0 / 479001600.0, -1.0 / 87178291200.0,
                                            1.0 / 20922789888000.0, -1.0 / 6402373705728000.0);
  const std::uint64_t quadrant = __builtin_bit_cast(std::uint64_t, shifted) & 3U;
  const double sine_out = (quadrant & 1U) != 0 ? cosine : sine;
  const double cosine_out = (quadrant & 1U) != 0 ? sine : cosine;
  return {(quadrant & 2U) != 0 ? -sine_out : sine_out,
          (quadrant == 1U || quadrant == 2U) ? -cosine_out : cosine_out};
}

/// 1 / (1 + e^-x).
template <std::floating_point Scalar>
FLASHVIDEO_HOST_DEVICE inline Scalar sigmoid(Scalar x) {
  return Scalar{1} / (Scalar{1} + exp(-x));
}

/// The error function, by the series of positive terms erf(x) = 2/sqrt(pi) e^(-x^2) x sum_n (2 x^2)^n /
/// (2n+1)!! (Abramowitz & Stegun 7.1.6); absolute error below 1e-15 in double, 4e-7 in float.
template <std::floating_point Scalar>
FLASHVIDEO_HOST_DEVICE inline Scalar erf(Scalar x) {
  constexpr bool single = sizeof(Scalar) == 4;
  constexpr int terms = single ? 45 : 110;
  const Scalar limit = single ? Scalar{4} : Scalar{6};
  const Scalar z = core_detail::clamp(x, -limit, limit);
  const Scalar z2 = z * z;
  Scalar sum = 1;
  for (int n = terms; n >= 1; --n) sum = fma(sum, (z2 + z2) / static_cast<Scalar>(2 * n + 1), Scalar{1});
  const Scalar value = Scalar(1.1283791670955126) * exp(-z2) * z * sum;
  return core_detail::clamp(value, Scalar{-1}, Scalar{1});
}

/// @{
/// Square root (correctly rounded by IEEE 754).
FLASHVIDEO_HOST_DEVICE inline float sqrt(float x) { return std::sqrt(x); }
FLASHVIDEO_HOST_DEVICE inline double sqrt(double x) { return std::sqrt(x); }
/// @}

}  // namespace flashvideo::math
