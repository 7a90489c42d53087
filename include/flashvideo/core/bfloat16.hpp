// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "flashvideo/core/config.hpp"

namespace flashvideo {

/// The bits of `bfloat16`, the upper half of a float, as float (exact).
FLASHVIDEO_HOST_DEVICE constexpr float bfloat16_to_float(std::uint16_t bits) {
  return __builtin_bit_cast(float, static_cast<std::uint32_t>(bits) << 16);
}

/// The nearest bfloat16, ties to even; a NaN stays one.
FLASHVIDEO_HOST_DEVICE constexpr std::uint16_t float_to_bfloat16(float value) {
  const std::uint32_t bits = __builtin_bit_cast(std::uint32_t, value);
  if ((bits & 0x7FFFFFFFU) > 0x7F800000U) return static_cast<std::uint16_t>((bits >> 16) | 0x40U);
  return static_cast<std::uint16_t>((bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16);
}

/// The same with subnormal numbers as zeros of their sign, as VDPBF16PS takes its factors.
FLASHVIDEO_HOST_DEVICE constexpr std::uint16_t normal_bfloat16(float value) {
  const std::uint16_t bits = float_to_bfloat16(value);
  return (bits & 0x7F80U) == 0 ? static_cast<std::uint16_t>(bits & 0x8000U) : bits;
}

}  // namespace flashvideo
