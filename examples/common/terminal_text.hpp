// SPDX-License-Identifier: MIT
#pragma once

#include <sys/ioctl.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace example {

/// Columns of the terminal behind a descriptor, asked anew each time, for its size may change; 80 when it does not say.
inline std::size_t terminal_columns(int descriptor) {
  winsize size{};
  return ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

namespace detail {

/// Columns that a character takes: 0 for marks that join the one before, 2 for wide ones (East Asian scripts, emoji).
inline std::size_t columns_of(char32_t c) {
  const auto in = [c](char32_t first, char32_t last) { return c >= first && c <= last; };
  if (in(0x300, 0x36F) || in(0x200B, 0x200F) || in(0x20D0, 0x20FF) || in(0xFE00, 0xFE0F)) return 0;
  const bool wide = in(0x1100, 0x115F) || in(0x2E80, 0xA4CF) || in(0xAC00, 0xD7A3) || in(0xF900, 0xFAFF) ||
                    in(0xFE30, 0xFE6F) || in(0xFF00, 0xFF60) || in(0xFFE0, 0xFFE6) || in(0x1F300, 0x1F64F) ||
                    in(0x1F680, 0x1F6FF) || in(0x1F900, 0x1FAFF) || in(0x20000, 0x3FFFD);
  return wide ? 2 : 1;
}

}  // namespace detail

/// The beginning of a text in UTF-8 that fits so many columns.
inline std::string cut_to_columns(std::string_view text, std::size_t columns) {
  std::size_t used = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t c = length == 1 ? lead : lead & (0x7FU >> length);
    for (std::size_t i = 1; i < length && at + i < text.size(); ++i) {
      c = (c << 6) | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
    }
    used += detail::columns_of(c);
    if (used > columns) return std::string(text.substr(0, at));
    at += length;
  }
  return std::string(text);
}

}  // namespace example
