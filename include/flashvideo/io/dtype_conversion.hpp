// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "flashvideo/core/error.hpp"
#include "flashvideo/io/dtype.hpp"

namespace flashvideo {

namespace io_detail {

template <typename Stored>
Stored load_stored(const std::byte* bytes, index_t i) {
  Stored value;
  std::memcpy(&value, bytes + i * static_cast<index_t>(sizeof(Stored)), sizeof(Stored));
  return value;
}

template <typename Stored>
void store_value(std::byte* bytes, index_t i, Stored value) {
  std::memcpy(bytes + i * static_cast<index_t>(sizeof(Stored)), &value, sizeof(Stored));
}

/// Calls `visit(load)` where load(i) is element i in its natural C++ type (F16 and BF16 as float).
template <typename Visit>
void visit_stored(DType dtype, const std::byte* bytes, Visit&& visit) {
  const auto plain = [&]<typename Stored>(Stored) {
    visit([bytes](index_t i) { return load_stored<Stored>(bytes, i); });
  };
  switch (dtype) {
    case DType::BOOL:
    case DType::U8:
      return plain(std::uint8_t{});
    case DType::I8:
      return plain(std::int8_t{});
    case DType::U16:
      return plain(std::uint16_t{});
    case DType::I16:
      return plain(std::int16_t{});
    case DType::U32:
      return plain(std::uint32_t{});
    case DType::I32:
      return plain(std::int32_t{});
    case DType::U64:
      return plain(std::uint64_t{});
    case DType::I64:
      return plain(std::int64_t{});
    case DType::F32:
      return plain(float{});
    case DType::F64:
      return plain(double{});
    case DType::F16:
      return visit([bytes](index_t i) { return float16_to_float(load_stored<std::uint16_t>(bytes, i)); });
    case DType::BF16:
      return visit([bytes](index_t i) { return bfloat16_to_float(load_stored<std::uint16_t>(bytes, i)); });
  }
}

}  // namespace io_detail

/// Copies `count` stored elements (any alignment, little endian) to `out`, converted to `Scalar`. Reals take
/// every stored type, rounding to nearest; integers take stored integers that fit. Returns the first index
/// whose value does not fit, or -1.
/// @throws value_error when integers are asked of a stored real
template <typename Scalar>
requires std::integral<Scalar> || std::floating_point<Scalar> index_t
convert_from_stored(DType dtype, const std::byte* bytes, index_t count, Scalar* out) {
  if (dtype == dtype_of<Scalar> && dtype != DType::BOOL) {
    if (count > 0) std::memcpy(out, bytes, static_cast<std::size_t>(count) * sizeof(Scalar));
    return -1;
  }
  require<value_error>(std::floating_point<Scalar> || !is_floating(dtype),
                       "convert_from_stored: cannot read {} as integers", dtype_name(dtype));
  index_t misfit = -1;
  io_detail::visit_stored(dtype, bytes, [&](auto load) {
    using Stored = decltype(load(0));
    for (index_t i = 0; i < count; ++i) {
      const Stored value = load(i);
      if constexpr (std::same_as<Scalar, bool>) {
        out[i] = value != Stored{};
      } else {
        if constexpr (std::integral<Scalar> && std::integral<Stored>) {
          if (misfit < 0 && !std::in_range<Scalar>(value)) misfit = i;
        }
        out[i] = static_cast<Scalar>(value);
      }
    }
  });
  return misfit;
}

/// Writes `count` reals to `out` as F16, BF16, F32 or F64, rounding to nearest (doubles through float).
/// @throws value_error for another stored type
template <std::floating_point Scalar>
void convert_to_stored(DType dtype, const Scalar* values, index_t count, std::byte* out) {
  require<value_error>(is_floating(dtype), "convert_to_stored: {} is no floating-point type",
                       dtype_name(dtype));
  for (index_t i = 0; i < count; ++i) {
    switch (dtype) {
      case DType::F16:
        io_detail::store_value(out, i, float_to_float16(static_cast<float>(values[i])));
        break;
      case DType::BF16:
        io_detail::store_value(out, i, float_to_bfloat16(static_cast<float>(values[i])));
        break;
      case DType::F32:
        io_detail::store_value(out, i, static_cast<float>(values[i]));
        break;
      default:
        io_detail::store_value(out, i, static_cast<double>(values[i]));
        break;
    }
  }
}

}  // namespace flashvideo
