// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "flashvideo/core/utf8.hpp"

namespace flashvideo {

namespace core_detail {

/// Control characters and others that a terminal obeys or does not show.
inline bool is_invisible(std::int32_t code) {
  const utf8proc_category_t category = utf8proc_category(code);
  return category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CF ||
         category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;
}

inline void append_hex(std::string& out, std::uint32_t value, int places) {
  for (int place = places - 1; place >= 0; --place) out += "0123456789abcdef"[value >> (4 * place) & 15U];
}

/// Appends a text as `in_quotes` shows it, without the quotes.
inline void append_shown(std::string& out, std::string_view text, std::size_t most) {
  for (std::size_t count = 0; !text.empty(); ++count) {
    if (count == most) {
      out += "...";
      return;
    }
    const Utf8Character next = first_character(text);
    if (next.code < 0) {
      out += "\\x";
      append_hex(out, static_cast<unsigned char>(text.front()), 2);
    } else if (is_invisible(next.code)) {
      const bool wide = next.code > 0xFFFF;
      out += wide ? "\\U" : "\\u";
      append_hex(out, static_cast<std::uint32_t>(next.code), wide ? 8 : 4);
    } else {
      out += text.substr(0, next.length);
    }
    text.remove_prefix(next.length);
  }
}

}  // namespace core_detail

/// A text of the user's as a message shows it: between double quotes, cut behind `most` characters; bytes
/// that are no UTF-8 and characters that a terminal would not show stand as \x, \u or \U and their number.
/// @code "the word " + in_quotes(word) + " is unknown"   // the word "s\u001btar" is unknown @endcode
inline std::string in_quotes(std::string_view text, std::size_t most = 40) {
  std::string out = "\"";
  core_detail::append_shown(out, text, most);
  return out += '"';
}

}  // namespace flashvideo
