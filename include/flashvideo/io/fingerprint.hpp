// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include "flashvideo/io/partial_name.hpp"

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

  /// A file's bytes and how many they are.
  /// @throws io_error when it cannot be read
  void add_file(const std::string& path) {
    std::FILE* file = std::fopen(path.c_str(), "rb");
    if (file == nullptr) throw_io_error("open", path, errno);
    std::vector<std::byte> buffer(std::size_t{1} << 20);
    std::uint64_t size = 0;
    for (std::size_t count = 1; count > 0; size += count) {
      count = std::fread(buffer.data(), 1, buffer.size(), file);
      add_bytes(std::span(buffer.data(), count));
    }
    const int failure = std::ferror(file) != 0 ? errno : 0;
    std::fclose(file);
    if (failure != 0) throw_io_error("read", path, failure);
    add(std::span(&size, 1));
  }

  /// 16 hexadecimal digits.
  std::string text() const { return fmt::format("{:016x}", state_); }

 private:
  std::uint64_t state_ = 0xCBF29CE484222325ULL;
};

}  // namespace flashvideo
