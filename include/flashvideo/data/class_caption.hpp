// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace flashvideo {

/// The words of a class's name as data sets spell it: "TaiChi" and "tai_chi" are "tai chi".
inline std::string class_words(std::string_view name) {
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  std::string words;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool begins = i > 0 && is_capital(name[i]) && name[i - 1] >= 'a' && name[i - 1] <= 'z';
    if (begins) words += ' ';
    const char c = name[i] == '_' ? ' ' : name[i];
    words += is_capital(c) ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return words;
}

/// A caption: the words of a class in place of every `{}` of a template.
/// @code class_caption("a person is doing {}", "TaiChi"); // a person is doing tai chi @endcode
inline std::string class_caption(std::string caption, std::string_view name) {
  const std::string words = class_words(name);
  for (std::size_t at = caption.find("{}"); at != std::string::npos;
       at = caption.find("{}", at + words.size()))
    caption.replace(at, 2, words);
  return caption;
}

}  // namespace flashvideo
