// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "flashvideo/core/bfloat16.hpp"
#include "flashvideo/core/config.hpp"

namespace flashvideo {

/// Scalar type of a stored tensor, by safetensors' names. F16 is IEEE binary16, BF16 the upper half of F32.
enum class DType : std::uint8_t { BOOL, U8, I8, U16, I16, F16, BF16, U32, I32, F32, U64, I64, F64 };

/// What there is to know of a scalar type.
struct DTypeEntry {
  DType dtype;            ///< the type
  std::string_view name;  ///< in safetensors' files
  index_t bytes;          ///< of one element
};

/// All scalar types, in the enum's order.
inline constexpr std::array<DTypeEntry, 13> dtype_table = {{{DType::BOOL, "BOOL", 1},
                                                            {DType::U8, "U8", 1},
                                                            {DType::I8, "I8", 1},
                                                            {DType::U16, "U16", 2},
                                                            {DType::I16, "I16", 2},
                                                            {DType::F16, "F16", 2},
                                                            {DType::BF16, "BF16", 2},
                                                            {DType::U32, "U32", 4},
                                                            {DType::I32, "I32", 4},
                                                            {DType::F32, "F32", 4},
                                                            {DType::U64, "U64", 8},
                                                            {DType::I64, "I64", 8},
                                                            {DType::F64, "F64", 8}}};

/// "F32".
constexpr std::string_view dtype_name(DType dtype) {
  return dtype_table[static_cast<std::size_t>(dtype)].name;
}

/// Bytes of one element.
constexpr index_t dtype_size(DType dtype) { return dtype_table[static_cast<std::size_t>(dtype)].bytes; }

/// The type of that name, or nothing.
constexpr std::optional<DType> dtype_from_name(std::string_view name) {
  for (const DTypeEntry& entry : dtype_table) {
    if (entry.name == name) return entry.dtype;
  }
  return std::nullopt;
}

/// True for F16, BF16, F32 and F64.
constexpr bool is_floating(DType dtype) {
  return dtype == DType::F16 || dtype == DType::BF16 || dtype == DType::F32 || dtype == DType::F64;
}

/// The stored type of a C++ scalar: `dtype_of<float> == DType::F32`.
template <typename Scalar>
requires std::integral<Scalar> || std::floating_point<Scalar>
inline constexpr DType dtype_of = [] {
  if constexpr (std::same_as<Scalar, bool>) {
    return DType::BOOL;
  } else if constexpr (std::floating_point<Scalar>) {
    return sizeof(Scalar) == 4 ? DType::F32 : DType::F64;
  } else {
    constexpr bool is_signed = static_cast<Scalar>(-1) < Scalar{0};
    constexpr DType signed_types[] = {DType::I8, DType::I16, DType::I32, DType::I64};
    constexpr DType unsigned_types[] = {DType::U8, DType::U16, DType::U32, DType::U64};
    constexpr int log_size =
        sizeof(Scalar) == 1 ? 0 : (sizeof(Scalar) == 2 ? 1 : (sizeof(Scalar) == 4 ? 2 : 3));
    return is_signed ? signed_types[log_size] : unsigned_types[log_size];
  }
}();

/// The bits of IEEE binary16 as float (exact).
constexpr float float16_to_float(std::uint16_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000U) << 16;
  const std::uint32_t exponent = (bits >> 10) & 0x1FU;
  const std::uint32_t mantissa = bits & 0x3FFU;
  if (exponent == 0) {  // zero and subnormal numbers: mantissa * 2^-24
    const float magnitude = static_cast<float>(mantissa) * 5.9604644775390625e-8F;
    return sign != 0 ? -magnitude : magnitude;
  }
  const std::uint32_t wide = exponent == 31 ? 255U : exponent + 112U;
  return __builtin_bit_cast(float, sign | (wide << 23) | (mantissa << 13));
}

/// The nearest IEEE binary16, ties to even; beyond 65504 infinity; a NaN stays one.
constexpr std::uint16_t float_to_float16(float value) {
  const std::uint32_t bits = __builtin_bit_cast(std::uint32_t, value);
  const std::uint32_t sign = (bits >> 16) & 0x8000U;
  const std::uint32_t magnitude = bits & 0x7FFFFFFFU;
  std::uint32_t half = 0x7C00U;  // infinity
  if (magnitude > 0x7F800000U) {
    half = 0x7E00U;
  } else if (magnitude < 0x38800000U) {  // below 2^-14: adding 1/2 leaves the rounded multiple of 2^-24
    half = __builtin_bit_cast(std::uint32_t, __builtin_bit_cast(float, magnitude) + 0.5F) - 0x3F000000U;
  } else if (magnitude < 0x477FF000U) {  // below 65520
    half = (magnitude - 0x38000000U + 0xFFFU + ((magnitude >> 13) & 1U)) >> 13;
  }
  return static_cast<std::uint16_t>(sign | half);
}

}  // namespace flashvideo
