// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "flashvideo/core/error.hpp"

namespace flashvideo {

/// How the matrices of generation are kept in memory (docs/adr/0014-weights-of-generation.md):
///
/// | storage | a weight | bits per weight | input rows |
/// | --- | --- | --- | --- |
/// | `float32` | as it is | 32 | float |
/// | `bfloat16` | rounded to nearest | 16, or 12 with AVX-512 (`CompactBfloat16Weights`) | bfloat16 |
/// | `int8` | w = s q, q in [-127, 127], one float s for each row of the matrix | 8 | int8, a scale per row |
/// | `int4` | w = s q, q in [-8, 7], one bfloat16 s for every 32 of a row | 4.5 | int8, a scale per row |
enum class WeightStorage : std::uint8_t { float32, bfloat16, int8, int4 };

/// Every storage, in the enum's order.
inline constexpr std::array<WeightStorage, 4> weight_storages = {
    WeightStorage::float32, WeightStorage::bfloat16, WeightStorage::int8, WeightStorage::int4};

/// "int8".
constexpr std::string_view weight_storage_name(WeightStorage storage) {
  constexpr std::array<std::string_view, 4> names = {"float32", "bfloat16", "int8", "int4"};
  return names[static_cast<std::size_t>(storage)];
}

/// The storage of that name.
/// @throws value_error naming those that there are
inline WeightStorage weight_storage_from_name(std::string_view name) {
  std::string known;
  for (const WeightStorage storage : weight_storages) {
    if (weight_storage_name(storage) == name) return storage;
    known += (known.empty() ? "" : ", ") + std::string(weight_storage_name(storage));
  }
  throw value_error("WeightStorage: \"" + std::string(name) + "\" is unknown, expected one of " + known);
}

}  // namespace flashvideo
