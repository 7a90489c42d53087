// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/io/atomic_file.hpp"

namespace flashvideo {

/// '0' to '9', whatever the locale.
inline bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }

/// ASCII letters in lower case, everything else as it is.
inline std::string ascii_lower_case(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return text;
}

/// ".mp4" of "CLIP.MP4"; empty for a name without an ending.
inline std::string lower_case_extension(const std::filesystem::path& path) {
  return ascii_lower_case(path.extension().string());
}

namespace io_detail {

/// Takes the digits at the front of `text` away and gives them without leading zeros.
inline std::string_view take_number(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && is_ascii_digit(text[end])) ++end;
  std::string_view digits = text.substr(0, end);
  text.remove_prefix(end);
  digits.remove_prefix((std::min)(digits.find_first_not_of('0'), digits.size()));
  return digits;
}

/// Below, above or equal to 0: `natural_less` for texts in lower case.
inline int natural_order(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    if (is_ascii_digit(a.front()) && is_ascii_digit(b.front())) {
      const std::string_view left = take_number(a);
      const std::string_view right = take_number(b);
      if (left.size() != right.size()) return left.size() < right.size() ? -1 : 1;
      if (left != right) return left < right ? -1 : 1;
    } else if (a.front() != b.front()) {
      return static_cast<unsigned char>(a.front()) < static_cast<unsigned char>(b.front()) ? -1 : 1;
    } else {
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
  }
  return static_cast<int>(!a.empty()) - static_cast<int>(!b.empty());
}

}  // namespace io_detail

/// What systems leave in folders beside a user's files.
inline bool is_system_file(const std::string& name) {
  const std::string lower = ascii_lower_case(name);
  constexpr std::string_view known[] = {"thumbs.db",  "ehthumbs.db",  "desktop.ini",
                                        "lost+found", "$recycle.bin", "system volume information"};
  return name.starts_with('.') || std::find(std::begin(known), std::end(known), lower) != std::end(known);
}

/// The order in which people count: numbers inside names by their value, letters in either case alike, a
/// name before a longer one that begins with it: frame1.png, Frame2.png, frame10.png. Names equal in all
/// that keep the order of their bytes.
inline bool natural_less(const std::filesystem::path& a, const std::filesystem::path& b) {
  const std::string left = a.filename().string();
  const std::string right = b.filename().string();
  int order =
      io_detail::natural_order(ascii_lower_case(a.stem().string()), ascii_lower_case(b.stem().string()));
  if (order == 0) order = io_detail::natural_order(ascii_lower_case(left), ascii_lower_case(right));
  return order != 0 ? order < 0 : left < right;
}

/// What a folder holds, in `natural_less` order; names that begin with a point (.DS_Store, ._frame1.png),
/// Thumbs.db and desktop.ini are passed over.
/// @throws io_error when it cannot be read
/// @code
/// for (const auto& path : list_folder("frames")) use(path);
/// @endcode
inline std::vector<std::filesystem::path> list_folder(const std::string& folder) {
  std::error_code failure;
  std::vector<std::filesystem::path> paths;
  for (std::filesystem::directory_iterator entry(folder, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    if (!is_system_file(entry->path().filename().string())) paths.push_back(entry->path());
  }
  if (failure) throw_io_error("read", folder, failure.value());
  std::sort(paths.begin(), paths.end(), natural_less);
  return paths;
}

}  // namespace flashvideo
