// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace flashvideo {

/// The CRC-32C (Castagnoli) of some bytes, eight at a time by tables.
/// @code crc32c(std::as_bytes(std::span("123456789", 9))) == 0xE3069283; @endcode
inline std::uint32_t crc32c(std::span<const std::byte> bytes) {
  using Table = std::array<std::uint32_t, 256>;
  static constexpr std::array<Table, 8> tables = [] {
    std::array<Table, 8> made{};
    for (std::uint32_t n = 0; n < 256; ++n) {
      std::uint32_t c = n;
      for (int bit = 0; bit < 8; ++bit) c = (c & 1) != 0 ? c >> 1 ^ 0x82F63B78U : c >> 1;
      made[0][n] = c;
    }
    for (std::size_t k = 1; k < 8; ++k) {
      for (std::size_t n = 0; n < 256; ++n) made[k][n] = made[k - 1][n] >> 8 ^ made[0][made[k - 1][n] & 255];
    }
    return made;
  }();
  std::uint32_t crc = 0xFFFFFFFFU;
  const std::byte* at = bytes.data();
  const auto byte = [&](std::size_t i) { return std::to_integer<std::uint32_t>(at[i]); };
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    const std::uint32_t low = crc ^ (byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24);
    crc = tables[7][low & 255] ^ tables[6][low >> 8 & 255] ^ tables[5][low >> 16 & 255] ^
          tables[4][low >> 24] ^ tables[3][byte(4)] ^ tables[2][byte(5)] ^ tables[1][byte(6)] ^
          tables[0][byte(7)];
  }
  for (; left > 0; --left, ++at) crc = crc >> 8 ^ tables[0][(crc ^ byte(0)) & 255];
  return ~crc;
}

}  // namespace flashvideo
