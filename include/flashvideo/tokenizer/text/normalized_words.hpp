// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace flashvideo {

namespace detail {

inline bool is_ascii_word(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/// How many bytes at `at` separate words: ASCII white space, punctuation and control characters, the no-break
/// space U+00A0 and the general punctuation block U+2000 .. U+206F; 0 if the byte belongs to a word.
inline std::size_t separator_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : static_cast<unsigned char>(0);
  };
  if (byte(0) < 0x80) return is_ascii_word(byte(0)) ? 0 : 1;
  if (byte(0) == 0xC2 && byte(1) == 0xA0) return 2;
  if (byte(0) != 0xE2) return 0;
  const bool general =
      (byte(1) == 0x80 && byte(2) >= 0x80) || (byte(1) == 0x81 && byte(2) >= 0x80 && byte(2) <= 0xAF);
  return general ? 3 : 0;
}

/// Lower case of the byte at `at`: ASCII, and Latin-1 letters (U+00C0 .. U+00DE) by their second UTF-8 byte.
inline char lower_case(std::string_view text, std::size_t at) {
  const unsigned char c = static_cast<unsigned char>(text[at]);
  const bool ascii = c >= 'A' && c <= 'Z';
  const bool latin1 =
      at > 0 && static_cast<unsigned char>(text[at - 1]) == 0xC3 && c >= 0x80 && c <= 0x9E && c != 0x97;
  return static_cast<char>(ascii || latin1 ? c + 0x20 : c);
}

}  // namespace detail

/// Words of a sentence in UTF-8, lower-cased, without punctuation; apostrophes (' and U+2019) vanish inside a
/// word, all other punctuation ends it: "Don't stop, Star-ship!" gives dont, stop, star, ship. Bytes that are
/// not valid UTF-8 stay as they are.
inline std::vector<std::string> normalized_words(std::string_view sentence) {
  std::vector<std::string> words;
  bool inside = false;
  for (std::size_t at = 0; at < sentence.size();) {
    const std::size_t skip = detail::separator_length(sentence, at);
    if (skip == 0) {
      if (!inside) words.emplace_back();
      inside = true;
      words.back().push_back(detail::lower_case(sentence, at));
      ++at;
      continue;
    }
    const std::string_view separator = sentence.substr(at, skip);
    if (separator != "'" && separator != "\xE2\x80\x99") inside = false;
    at += skip;
  }
  return words;
}

/// Edit distance (Levenshtein) in bytes: fewest insertions, deletions and replacements from a to b.
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);  // row[j]: distance from a's prefix to b's first j bytes
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      const std::size_t shifted = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
      row[j] = replaced < shifted ? replaced : shifted;
    }
  }
  return row[b.size()];
}

}  // namespace flashvideo
