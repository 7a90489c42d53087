// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

namespace flashvideo {

namespace detail {

/// Length of the UTF-8 character at `at`; 0 where there is none: a stray or missing continuation byte, a form
/// longer than needed, a surrogate, or above U+10FFFF.
inline std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4) return 0;
  // what the second byte may be keeps out long forms, surrogates and what lies above U+10FFFF
  const unsigned least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < least || byte(1) > most) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  }
  return length;
}

}  // namespace detail

/// The first byte of `text` that is no part of a valid UTF-8 character; `text.size()` when all is valid.
/// @code require<value_error>(invalid_utf8_at(text) == text.size(), "the text is no UTF-8"); @endcode
inline std::size_t invalid_utf8_at(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = detail::utf8_length(text, at);
    if (length == 0) return at;
    at += length;
  }
  return at;
}

}  // namespace flashvideo
