// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "flashvideo/core/utf8.hpp"

namespace flashvideo {

namespace tokenizer_detail {

/// Case folded and in the form NFKC, in which one text is written in one way: ligatures, full-width and other
/// compatibility forms are resolved, accents composed, invisible marks gone, apostrophes (' and U+2019) too;
/// a space stands for U+200B, which parts words where no space is written.
inline std::string folded(std::string_view valid_utf8) {
  const auto replaced = [](utf8proc_int32_t code, void*) -> utf8proc_int32_t {
    constexpr utf8proc_int32_t soft_hyphen = 0xAD;  // goes away with the other invisible marks
    if (code == '\'' || code == 0x2019 || code == 0xFF07) return soft_hyphen;
    return code == 0x200B ? ' ' : code;
  };
  constexpr auto form = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT |
                                                       UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(valid_utf8.data());
  const auto size = static_cast<utf8proc_ssize_t>(valid_utf8.size());
  const auto codes = utf8proc_decompose_custom(bytes, size, nullptr, 0, form, replaced, nullptr);
  std::vector<std::int32_t> buffer(static_cast<std::size_t>(codes) + 1);
  utf8proc_decompose_custom(bytes, size, buffer.data(), codes, form, replaced, nullptr);
  const auto length = utf8proc_reencode(buffer.data(), codes, form);
  return std::string(reinterpret_cast<const char*>(buffer.data()), static_cast<std::size_t>(length));
}

/// What a character is to the words around it.
enum class WordPart { letter, mark, separator, word };

/// White space, punctuation and control characters separate, and so do ASCII's symbols and all of the general
/// punctuation block. Characters of Chinese, Japanese and Korean, which are written without spaces or with
/// endings grown to their words, and pictures such as emoji are words of their own.
inline WordPart word_part(std::int32_t code) {
  switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
      return WordPart::mark;
    case UTF8PROC_CATEGORY_PC:
    case UTF8PROC_CATEGORY_PD:
    case UTF8PROC_CATEGORY_PS:
    case UTF8PROC_CATEGORY_PE:
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PF:
    case UTF8PROC_CATEGORY_PO:
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CC:
      return WordPart::separator;
    case UTF8PROC_CATEGORY_SM:
    case UTF8PROC_CATEGORY_SC:
    case UTF8PROC_CATEGORY_SK:
      return code < 0x80 || (code >= 0x2000 && code <= 0x206F) ? WordPart::separator : WordPart::letter;
    case UTF8PROC_CATEGORY_SO:
      return WordPart::word;
    default:
      break;
  }
  struct Range {
    std::int32_t first, last;
  };
  constexpr Range written_by_character[] = {
      {0x2E80, 0x2FDF},    // radicals
      {0x3005, 0x3007},    // repetition, closing mark, zero
      {0x3021, 0x303C},    // numerals, kana repetition
      {0x3040, 0x312F},    // Hiragana, Katakana, Bopomofo
      {0x31A0, 0x31FF},    // more Bopomofo, strokes, more Katakana
      {0x3400, 0x4DBF},    // Han
      {0x4E00, 0x9FFF},    // Han
      {0xAC00, 0xD7A3},    // Hangul syllables
      {0xF900, 0xFAFF},    // Han
      {0x1AFF0, 0x1B16F},  // more kana
      {0x20000, 0x3FFFD},  // Han
  };
  for (const Range& range : written_by_character) {
    if (code >= range.first && code <= range.last) return WordPart::word;
  }
  return WordPart::letter;
}

}  // namespace tokenizer_detail

/// Words of a sentence in UTF-8, case folded and normalised (NFKC), without punctuation; apostrophes (' and
/// U+2019) and invisible marks vanish inside a word, all other punctuation ends it: "Don't stop, Star-ship!"
/// gives dont, stop, star, ship. Each character of Chinese, Japanese or Korean is a word. Bytes that are not
/// valid UTF-8 stay as they are.
inline std::vector<std::string> normalized_words(std::string_view sentence) {
  std::vector<std::string> words;
  enum class Last { separator, letter, word } last = Last::separator;
  const auto append = [&](std::string_view character, tokenizer_detail::WordPart part) {
    if (part == tokenizer_detail::WordPart::separator) {
      last = Last::separator;
    } else if (part != tokenizer_detail::WordPart::mark) {
      const Last now = part == tokenizer_detail::WordPart::letter ? Last::letter : Last::word;
      if (now == Last::word || last != Last::letter) words.emplace_back();
      last = now;
    }
    if (last != Last::separator) words.back() += character;  // a mark belongs to what it stands on
  };
  while (!sentence.empty()) {
    const std::size_t valid = invalid_utf8_at(sentence);
    const std::string text = tokenizer_detail::folded(sentence.substr(0, valid));
    for (std::string_view rest = text; !rest.empty();) {
      const Utf8Character next = first_character(rest);
      append(rest.substr(0, next.length), tokenizer_detail::word_part(next.code));
      rest.remove_prefix(next.length);
    }
    sentence.remove_prefix(valid);
    if (valid > 0 && text.empty()) last = Last::separator;  // bytes around it must not become a character
    if (sentence.empty()) break;
    append(sentence.substr(0, 1), tokenizer_detail::WordPart::letter);
    sentence.remove_prefix(1);
  }
  return words;
}

}  // namespace flashvideo
