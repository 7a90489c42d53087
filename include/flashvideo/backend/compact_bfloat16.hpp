// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include "flashvideo/backend/weight_storage.hpp"
#include "flashvideo/core/bfloat16.hpp"
#include "flashvideo/core/config.hpp"

namespace flashvideo {

/// Bfloat16 weights in 12 bits without losing one: the exponents of a panel are few, so 4 bits say which of
/// its 16 commonest ones a weight has; the other 8 are sign and mantissa. A weight of another exponent is an
/// *outlier* and stands in a list. Rows that a panel lacks hold any number.
///
/// Panels of 4 rows: `Header`; then for every 32 of k [4][32] bytes of sign and mantissa and [2][32] bytes of
/// codes, byte (h, k) with row 2h in its low nibble and row 2h + 1 in its high one.
struct CompactBfloat16Weights {
  static constexpr WeightStorage storage = WeightStorage::bfloat16;  ///< what its numbers are
  static constexpr index_t panel = 4;                                ///< rows of a panel
  static constexpr index_t block = 32;                               ///< elements of k that stand together
  static constexpr index_t code_offset = panel * block;              ///< of the codes in a block
  static constexpr index_t block_bytes =
      code_offset + panel / 2 * block;  ///< 12 bits for each weight of a block

  /// A weight whose exponent has no code.
  struct Outlier {
    std::uint16_t block;  ///< k / 32; beyond every block behind the last outlier
    std::uint16_t place;  ///< row j, element k: 32 j + k mod 32
    std::uint16_t bits;   ///< of the bfloat16
  };
  /// What a panel begins with.
  struct Header {
    std::uint16_t exponents[16];  ///< of each code, at their place in a bfloat16
    Outlier outliers[16];         ///< ascending by block; at least one is unused
  };
  static constexpr index_t most_outliers = 15;            ///< of a panel; one with more does not fit
  static constexpr std::uint16_t unused = 0xFFFF;         ///< an outlier's block behind the last one
  static constexpr index_t panel_extra = sizeof(Header);  ///< bytes before a panel's blocks
  static_assert(panel_extra == 128);

  /// What the panel at `from` begins with.
  FLASHVIDEO_HOST_DEVICE static const Header& header(const std::byte* from) {
    return *reinterpret_cast<const Header*>(from);
  }
  /// The bfloat16 of row j, element k.
  FLASHVIDEO_HOST_DEVICE static std::uint16_t bits(const std::byte* from, index_t j, index_t k) {
    const index_t place = j * block + k % block;
    const Outlier* outlier = header(from).outliers;
    for (; outlier->block <= k / block; ++outlier) {
      if (outlier->block == k / block && outlier->place == place) return outlier->bits;
    }
    const std::byte* in = from + panel_extra + k / block * block_bytes;
    const auto rest = static_cast<unsigned>(in[place]);
    const auto codes = static_cast<unsigned>(in[code_offset + j / 2 * block + k % block]);
    const unsigned code = j % 2 == 0 ? codes & 15U : codes >> 4;
    return static_cast<std::uint16_t>((rest & 0x80U) << 8 | header(from).exponents[code] | (rest & 0x7FU));
  }
  /// The same as float.
  FLASHVIDEO_HOST_DEVICE static float weight(const std::byte* from, index_t j, index_t k) {
    return bfloat16_to_float(bits(from, j, k));
  }

  /// Whether at most `most_outliers` of a panel's weights, the zeros up to a whole block included, have other
  /// exponents than its 16 commonest.
  static bool fits(const float* const (&rows)[panel], index_t inner) {
    return commonest_exponents(rows, inner).outliers <= most_outliers;
  }
  /// @param to zeros; the rows fit
  static void pack(const float* const (&rows)[panel], index_t inner, std::byte* to) {
    const Exponents exponents = commonest_exponents(rows, inner);
    auto& head = *reinterpret_cast<Header*>(to);
    for (int code = 0; code < 16; ++code)
      head.exponents[code] = static_cast<std::uint16_t>(exponents.of_code[code] << 7);
    for (Outlier& outlier : head.outliers) outlier.block = unused;
    Outlier* next = head.outliers;
    for (index_t b = 0; b * block < inner; ++b) {
      std::byte* out = to + panel_extra + b * block_bytes;
      for (index_t place = 0; place < panel * block; ++place) {
        const index_t j = place / block;
        const unsigned value = element(rows[j], b * block + place % block, inner);
        const int code = exponents.code_of[value >> 7 & 0xFFU];
        out[place] = static_cast<std::byte>((value >> 8 & 0x80U) | (value & 0x7FU));
        if (code >= 0) {
          out[code_offset + j / 2 * block + place % block] |=
              static_cast<std::byte>(j % 2 == 0 ? code : code << 4);
        } else if (rows[j] != nullptr) {
          *next++ = {static_cast<std::uint16_t>(b), static_cast<std::uint16_t>(place),
                     static_cast<std::uint16_t>(value)};
        }
      }
    }
  }

 private:
  struct Exponents {
    int of_code[16];
    int code_of[256];      // -1: of outliers
    index_t outliers = 0;  // weights
  };
  /// The bits of element k of a row, zero beyond its end.
  static std::uint16_t element(const float* row, index_t k, index_t inner) {
    return row == nullptr || k >= inner ? std::uint16_t{0} : normal_bfloat16(row[k]);
  }
  /// The zeros behind a row's end take part, those of absent rows do not.
  static Exponents commonest_exponents(const float* const (&rows)[panel], index_t inner) {
    index_t counts[256] = {};
    for (const float* row : rows) {
      for (index_t k = 0; row != nullptr && k < (inner + block - 1) / block * block; ++k)
        ++counts[element(row, k, inner) >> 7 & 0xFF];
    }
    Exponents result;
    for (int& code : result.code_of) code = -1;
    for (int code = 0; code < 16; ++code) {
      int best = 0;
      for (int e = 0; e < 256; ++e) {
        if (counts[e] > counts[best]) best = e;
      }
      result.of_code[code] = best;
      if (counts[best] > 0) result.code_of[best] = code;
      counts[best] = 0;
    }
    for (const index_t count : counts) result.outliers += count;
    return result;
  }
};

}  // namespace flashvideo
