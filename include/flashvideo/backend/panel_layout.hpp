// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "flashvideo/backend/weight_storage.hpp"
#include "flashvideo/core/bfloat16.hpp"
#include "flashvideo/core/config.hpp"

namespace flashvideo {

/// How a matrix w (M, K) of generation lies in memory: row after row, or in panels of few rows. One pass over
/// a panel reads memory from its first to its last byte, and several rows of input use each piece while it is
/// in registers. What lies beyond K is zero weights; rows beyond M are too, except in compact panels; their
/// sums are dropped.
///
/// | layout | storage | panels |
/// | --- | --- | --- |
/// | `rows` | float32 | none: the matrix as it is, for `backend.rows` |
/// | `float32` | float32 | `Float32Weights` |
/// | `bfloat16` | bfloat16 | `Bfloat16Weights` |
/// | `compact_bfloat16` | bfloat16 | `CompactBfloat16Weights`: the same weights in three quarters of the bytes |
/// | `int8` | int8 | `Int8Weights` |
/// | `int4` | int4 | `Int4Weights` |
enum class PanelLayout : std::uint8_t { rows, float32, bfloat16, compact_bfloat16, int8, int4 };

/// Panels of 4 rows; for every 16 of k the 16 weights of each row: [k / 16][4][16] float.
struct Float32Weights {
  static constexpr WeightStorage storage = WeightStorage::float32;  ///< what its numbers are
  static constexpr index_t panel = 4;                               ///< rows of a panel
  static constexpr index_t block = 16;                              ///< of k; K is padded to whole blocks
  static constexpr index_t block_bytes = panel * block * 4;         ///< bytes of a block, all rows
  static constexpr index_t panel_extra = 0;                         ///< bytes beside the blocks

  /// Row j of the panel at `from`, element k.
  FLASHVIDEO_HOST_DEVICE static float weight(const std::byte* from, index_t j, index_t k) {
    return reinterpret_cast<const float*>(from)[(k / block * panel + j) * block + k % block];
  }
  /// @param rows of the panel, null where there is none
  /// @param to zeros, panel_bytes of them
  static void pack(const float* const (&rows)[panel], index_t inner, std::byte* to) {
    auto* out = reinterpret_cast<float*>(to);
    for (index_t j = 0; j < panel; ++j) {
      for (index_t k = 0; rows[j] != nullptr && k < inner; ++k)
        out[(k / block * panel + j) * block + k % block] = rows[j][k];
    }
  }
};

/// Panels of 4 rows; for every 32 of k the 32 weights of each row: [k / 32][4][32] bfloat16.
struct Bfloat16Weights {
  static constexpr WeightStorage storage = WeightStorage::bfloat16;  ///< what its numbers are
  static constexpr index_t panel = 4;                                ///< rows of a panel
  static constexpr index_t block = 32;                               ///< of k; K is padded to whole blocks
  static constexpr index_t block_bytes = panel * block * 2;          ///< bytes of a block, all rows
  static constexpr index_t panel_extra = 0;                          ///< bytes beside the blocks

  /// Where row j, element k stands, in bfloat16.
  FLASHVIDEO_HOST_DEVICE static index_t place(index_t j, index_t k) {
    return (k / block * panel + j) * block + k % block;
  }
  /// Row j of the panel at `from`, element k.
  FLASHVIDEO_HOST_DEVICE static float weight(const std::byte* from, index_t j, index_t k) {
    return bfloat16_to_float(reinterpret_cast<const std::uint16_t*>(from)[place(j, k)]);
  }
  /// @param rows of the panel, null where there is none
  /// @param to zeros, panel_bytes of them
  static void pack(const float* const (&rows)[panel], index_t inner, std::byte* to) {
    auto* out = reinterpret_cast<std::uint16_t*>(to);
    for (index_t j = 0; j < panel; ++j) {
      for (index_t k = 0; rows[j] != nullptr && k < inner; ++k)
        out[place(j, k)] = normal_bfloat16(rows[j][k]);
    }
  }
};

/// Panels of 16 rows; for every 4 of k the 4 weights of each row: [k / 4][16][4] bytes q + 128; then the 16
/// scales of the rows (float).
struct Int8Weights {
  static constexpr WeightStorage storage = WeightStorage::int8;  ///< what its numbers are
  static constexpr index_t panel = 16;                           ///< rows of a panel
  static constexpr index_t block = 16;                           ///< of k; K is padded to whole blocks
  static constexpr index_t block_bytes = panel * block;          ///< bytes of a block, all rows
  static constexpr index_t panel_extra = panel * 4;              ///< bytes behind the blocks: the scales
  static constexpr int offset = 128;  ///< makes a byte unsigned, as the product instructions want one factor

  /// q + 128.
  FLASHVIDEO_HOST_DEVICE static int code(const std::byte* from, index_t j, index_t k) {
    return static_cast<int>(from[(k / 4 * panel + j) * 4 + k % 4]);
  }
  /// (16), of the rows of a panel whose matrix has `inner` columns.
  FLASHVIDEO_HOST_DEVICE static const float* scales(const std::byte* from, index_t inner) {
    return reinterpret_cast<const float*>(from + (inner + block - 1) / block * block_bytes);
  }
  /// @param rows of the panel, null where there is none
  /// @param to zeros, panel_bytes of them
  static void pack(const float* const (&rows)[panel], index_t inner, std::byte* to) {
    auto* scale = const_cast<float*>(scales(to, inner));
    for (index_t j = 0; j < panel; ++j) {
      if (rows[j] == nullptr) continue;
      double largest = 0;
      for (index_t k = 0; k < inner; ++k)
        largest = (std::max)(largest, std::abs(static_cast<double>(rows[j][k])));
      const double step = largest / 127;
      scale[j] = static_cast<float>(step);
      for (index_t k = 0; k < inner; ++k) {
        const long q = step > 0 ? std::lround(static_cast<double>(rows[j][k]) / step) : 0;
        to[(k / 4 * panel + j) * 4 + k % 4] = static_cast<std::byte>(q + offset);
      }
    }
  }
};

/// Panels of 16 rows; for every 64 of k: 16 words of two bfloat16 scales (low half: the first 32 of k), then
/// for each 32 of k [4][16][4] bytes. Byte (v, j, b) holds q + 8 of k = 4 v + b in its low nibble and of
/// k = 16 + 4 v + b in its high one.
struct Int4Weights {
  static constexpr WeightStorage storage = WeightStorage::int4;  ///< what its numbers are
  static constexpr index_t panel = 16;                           ///< rows of a panel
  static constexpr index_t block = 64;                           ///< of k; K is padded to whole blocks
  static constexpr index_t group = 32;                           ///< of k, with one scale
  static constexpr index_t group_bytes = panel * group / 2;      ///< codes of a group, all rows
  static constexpr index_t scale_bytes = panel * 4;              ///< scales of a block, all rows
  static constexpr index_t block_bytes = scale_bytes + 2 * group_bytes;  ///< scales and codes of a block
  static constexpr index_t panel_extra = 0;                              ///< bytes beside the blocks
  static constexpr int offset = 8;                                       ///< makes a nibble unsigned

  /// The nibbles of a group of 32 of k.
  FLASHVIDEO_HOST_DEVICE static const std::byte* nibbles(const std::byte* from, index_t g) {
    return from + g / 2 * block_bytes + scale_bytes + g % 2 * group_bytes;
  }
  /// q + 8 of element k of the group.
  FLASHVIDEO_HOST_DEVICE static int code(const std::byte* from, index_t g, index_t j, index_t k) {
    const auto byte = static_cast<unsigned>(nibbles(from, g)[(k % 16 / 4 * panel + j) * 4 + k % 4]);
    return static_cast<int>(k < 16 ? byte & 15U : byte >> 4);
  }
  /// Of row j in group g of 32 of k.
  FLASHVIDEO_HOST_DEVICE static float scale(const std::byte* from, index_t g, index_t j) {
    return bfloat16_to_float(
        reinterpret_cast<const std::uint16_t*>(from + g / 2 * block_bytes)[2 * j + g % 2]);
  }
  /// @param rows of the panel, null where there is none
  /// @param to zeros, panel_bytes of them
  static void pack(const float* const (&rows)[panel], index_t inner, std::byte* to) {
    for (index_t j = 0; j < panel; ++j) {
      for (index_t g = 0; rows[j] != nullptr && g * group < inner; ++g) {
        const float* w = rows[j] + g * group;
        const index_t count = (std::min)(group, inner - g * group);
        float extreme = 0;
        for (index_t k = 0; k < count; ++k) {
          if (std::abs(w[k]) > std::abs(extreme)) extreme = w[k];
        }
        const std::uint16_t bits = float_to_bfloat16(extreme / -8);  // the extreme becomes -8
        reinterpret_cast<std::uint16_t*>(to + g / 2 * block_bytes)[2 * j + g % 2] = bits;
        const float step = bfloat16_to_float(bits);
        for (index_t k = 0; k < count; ++k) {
          const long q = step != 0 ? std::lround(w[k] / step) : 0;
          const auto nibble = static_cast<unsigned>(std::clamp<long>(q, -8, 7) + offset);
          auto* byte = const_cast<std::byte*>(nibbles(to, g)) + (k % 16 / 4 * panel + j) * 4 + k % 4;
          *byte |= static_cast<std::byte>(k < 16 ? nibble : nibble << 4);
        }
      }
    }
  }
};

}  // namespace flashvideo
