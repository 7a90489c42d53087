// SPDX-License-Identifier: MIT
#pragma once

#include <utf8proc.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace flashvideo {

/// The character at the front of a text.
struct Utf8Character {
  std::int32_t code = -1;  ///< its code point; -1: the first byte begins no valid UTF-8
  std::size_t length = 1;  ///< bytes; 1 for a byte that is no UTF-8
};

/// The first character of a text of one byte or more.
inline Utf8Character first_character(std::string_view text) {
  const auto byte = static_cast<unsigned char>(text.front());
  if (byte < 0x80) return {byte, 1};
  utf8proc_int32_t code = -1;
  const utf8proc_ssize_t length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                                   static_cast<utf8proc_ssize_t>(text.size()), &code);
  return length > 0 ? Utf8Character{code, static_cast<std::size_t>(length)} : Utf8Character{};
}

/// The first byte of `text` that is no part of a valid UTF-8 character; `text.size()` when all is valid.
/// @code require<value_error>(invalid_utf8_at(text) == text.size(), "the text is no UTF-8"); @endcode
inline std::size_t invalid_utf8_at(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const Utf8Character next = first_character(text.substr(at));
    if (next.code < 0) return at;
    at += next.length;
  }
  return at;
}

}  // namespace flashvideo
