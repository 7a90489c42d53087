// SPDX-License-Identifier: MIT
#include "flashvideo/io/dtype.hpp"

#include <cmath>
#include <limits>

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("DType: every type is found by its name, in the enum's order") {
  int place = 0;
  for (const DTypeEntry& entry : dtype_table) {
    CHECK(static_cast<int>(entry.dtype) == place++);
    CHECK(dtype_from_name(dtype_name(entry.dtype)) == entry.dtype);
  }
  CHECK(dtype_size(DType::BF16) == 2);
  CHECK(dtype_size(DType::F64) == 8);
  CHECK_FALSE(dtype_from_name("f32").has_value());
  STATIC_REQUIRE(dtype_of<float> == DType::F32);
  STATIC_REQUIRE(dtype_of<double> == DType::F64);
  STATIC_REQUIRE(dtype_of<bool> == DType::BOOL);
  STATIC_REQUIRE(dtype_of<std::int8_t> == DType::I8);
  STATIC_REQUIRE(dtype_of<std::uint16_t> == DType::U16);
  STATIC_REQUIRE(dtype_of<std::int64_t> == DType::I64);
}

namespace {

/// The value that IEEE 754 gives these 16 bits, by the definition.
double half_by_definition(unsigned bits) {
  const double sign = (bits & 0x8000U) != 0 ? -1.0 : 1.0;
  const int exponent = static_cast<int>((bits >> 10) & 31U);
  const double mantissa = static_cast<double>(bits & 1023U);
  if (exponent == 31) return mantissa == 0.0 ? sign * INFINITY : NAN;
  return sign * (exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024.0 + mantissa, exponent - 25));
}

}  // namespace

TEST_CASE("float16: every one of the 65,536 patterns is read as defined and written back") {
  int wrong = 0;
  for (unsigned bits = 0; bits < 65536; ++bits) {
    const float value = float16_to_float(static_cast<std::uint16_t>(bits));
    const double expected = half_by_definition(bits);
    if (std::isnan(expected)) {
      wrong += !std::isnan(value) || !std::isnan(float16_to_float(float_to_float16(value)));
    } else {
      wrong += value != expected || std::signbit(value) != std::signbit(expected) ||
               float_to_float16(value) != bits;
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("float16: a float between two goes to the nearer, a tie to the even one") {
  int wrong = 0;
  for (unsigned bits = 0; bits < 0x7C00U; ++bits) {  // every positive finite number and its successor
    const double low = half_by_definition(bits);
    const double high = bits == 0x7BFFU ? 65536.0 : half_by_definition(bits + 1);
    const float middle = static_cast<float>((low + high) / 2);
    const unsigned even = (bits & 1U) != 0 ? bits + 1 : bits;
    wrong += float_to_float16(middle) != even;
    wrong += float_to_float16(std::nextafter(middle, 0.0F)) != bits;
    wrong += float_to_float16(std::nextafter(middle, 1e9F)) != bits + 1;
  }
  CHECK(wrong == 0);
  CHECK(float_to_float16(1e30F) == 0x7C00U);
  CHECK(float_to_float16(-std::numeric_limits<float>::infinity()) == 0xFC00U);
}

TEST_CASE("bfloat16: every pattern is the upper half of its float, between two the nearest, ties to even") {
  int wrong = 0;
  for (unsigned bits = 0; bits < 65536; ++bits) {
    const float value = bfloat16_to_float(static_cast<std::uint16_t>(bits));
    if (std::isnan(value)) {
      wrong += !std::isnan(bfloat16_to_float(float_to_bfloat16(value)));
      continue;
    }
    wrong += float_to_bfloat16(value) != bits;
    if (std::isinf(value)) continue;
    const std::uint32_t middle = (bits << 16) | 0x8000U;
    const unsigned even = (bits & 1U) != 0 ? bits + 1 : bits;
    wrong += float_to_bfloat16(__builtin_bit_cast(float, middle)) != even;
    wrong += float_to_bfloat16(__builtin_bit_cast(float, middle - 1)) != bits;
    wrong += float_to_bfloat16(__builtin_bit_cast(float, middle + 1)) != bits + 1;
  }
  CHECK(wrong == 0);
}
