// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// SIMD registers as the compilers' generic vectors: without <immintrin.h>, which would be a third of the
/// umbrella's compile time. They are used only inside functions that have the target attribute of their
/// width.

#include <cstdint>

#include "flashvideo/core/config.hpp"

namespace flashvideo::cpu_detail {

/// A SIMD register of `Bytes` bytes: `type`, and `loose`, the same with the alignment of one element, for
/// memory.
template <typename Scalar, int Bytes>
struct VectorOf;

/// Defines `VectorOf` for one scalar and width.
#define FLASHVIDEO_VECTOR(scalar, bytes)                                                          \
  template <>                                                                                     \
  struct VectorOf<scalar, bytes> {                                                                \
    typedef scalar type __attribute__((vector_size(bytes)));                                      \
    typedef scalar loose __attribute__((vector_size(bytes), aligned(sizeof(scalar)), may_alias)); \
  };
FLASHVIDEO_VECTOR(float, 16)
FLASHVIDEO_VECTOR(float, 32)
FLASHVIDEO_VECTOR(float, 64)
FLASHVIDEO_VECTOR(double, 16)
FLASHVIDEO_VECTOR(double, 32)
FLASHVIDEO_VECTOR(double, 64)
FLASHVIDEO_VECTOR(char, 32)
FLASHVIDEO_VECTOR(std::int8_t, 32)
FLASHVIDEO_VECTOR(std::uint8_t, 32)
FLASHVIDEO_VECTOR(std::int16_t, 32)
FLASHVIDEO_VECTOR(std::int16_t, 64)
FLASHVIDEO_VECTOR(std::uint16_t, 32)
FLASHVIDEO_VECTOR(std::uint16_t, 64)
FLASHVIDEO_VECTOR(std::int32_t, 32)
FLASHVIDEO_VECTOR(std::int32_t, 64)
FLASHVIDEO_VECTOR(std::uint32_t, 32)
FLASHVIDEO_VECTOR(std::uint32_t, 64)
#undef FLASHVIDEO_VECTOR

}  // namespace flashvideo::cpu_detail
