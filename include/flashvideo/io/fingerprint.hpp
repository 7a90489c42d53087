// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace flashvideo {

/// A short name of some bytes, for noticing that a file was made from others; not against forgery. 64-bit
/// FNV-1a (Fowler, Noll, Vo).
/// @code
/// Fingerprint print;
/// print.add(codebook);
/// TokenCacheWriter cache(path, print.text(), tokens_per_frame);
/// @endcode
class Fingerprint {
 public:
  /// Takes in bytes; the same bytes in other pieces give the same name.
  void add_bytes(std::span<const std::byte> bytes) {
    for (const std::byte byte : bytes) {
      state_ = (state_ ^ static_cast<std::uint64_t>(byte)) * 0x100000001B3ULL;
    }
  }
  /// The elements' bytes of any contiguous range of plain numbers or characters.
  template <typename Range>
  void add(const Range& range) {
    add_bytes(std::as_bytes(std::span(range.data(), range.size())));
  }

  /// 16 hexadecimal digits.
  std::string text() const { return fmt::format("{:016x}", state_); }

 private:
  std::uint64_t state_ = 0xCBF29CE484222325ULL;
};

}  // namespace flashvideo
