// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/core/utf8.hpp"
#include "flashvideo/io/atomic_file.hpp"
#include "flashvideo/io/file_kind.hpp"

namespace flashvideo {

/// A line of a text file, without its end.
struct TextLine {
  index_t number = 1;  ///< counted from 1
  std::string text;    ///< in UTF-8, as it stands
};

namespace io_detail {

/// Every byte of a file, as it stands.
inline std::string read_bytes(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) throw_io_error("open", path, errno);
  std::string bytes;
  char buffer[1 << 14];
  for (std::size_t count = 1; count > 0;) {
    count = std::fread(buffer, 1, sizeof(buffer), file);
    bytes.append(buffer, count);
  }
  const int failure = std::ferror(file) != 0 ? errno : 0;
  std::fclose(file);
  if (failure != 0) throw_io_error("read", path, failure);
  return bytes;
}

/// The lines of a text; each ends in LF, CR LF or CR, the last may have no end.
inline std::vector<TextLine> split_lines(std::string_view text) {
  std::vector<TextLine> lines;
  while (!text.empty()) {
    const std::size_t end = (std::min)(text.find_first_of("\r\n"), text.size());
    lines.push_back({static_cast<index_t>(lines.size()) + 1, std::string(text.substr(0, end))});
    const std::string_view rest = text.substr(end);
    text.remove_prefix(end + (rest.starts_with("\r\n") ? 2 : rest.empty() ? 0 : 1));
  }
  return lines;
}

/// The number of the line in which byte `at` lies.
inline index_t line_of(std::string_view text, std::size_t at) {
  return static_cast<index_t>(split_lines(std::string(text.substr(0, at)) + '.').size());
}

}  // namespace io_detail

/// The text of a file in UTF-8; a byte order mark at its start is passed over.
/// @throws io_error when it cannot be read
/// @throws format_error naming file and line for bytes that are no UTF-8 (UTF-16 is named) and for a NUL
inline std::string read_text_file(const std::string& path) {
  std::string text = io_detail::read_bytes(path);
  require<format_error>(!text.starts_with("\xFF\xFE") && !text.starts_with("\xFE\xFF"),
                        "{}: line 1: the text is UTF-16, expected UTF-8", path);
  const std::string_view mark = "\xEF\xBB\xBF";
  if (text.starts_with(mark)) text.erase(0, mark.size());
  const std::size_t nul = text.find('\0');
  const std::size_t bad = (std::min)(invalid_utf8_at(text), nul);
  if (bad >= text.size()) return text;
  const std::string_view kind = file_kind(text);
  const char* reason = bad == nul ? "holds a NUL" : "is no UTF-8";
  if (!kind.empty()) {
    throw format_error(formatted_message("{}: line {} {}: the file is {}, expected a text", path,
                                         io_detail::line_of(text, bad), reason, kind));
  }
  throw format_error(formatted_message("{}: line {} {}, expected a text in UTF-8", path,
                                       io_detail::line_of(text, bad), reason));
}

/// The lines of a text file, with their numbers; they end in LF, CR LF or CR.
/// @throws io_error when it cannot be read
/// @throws format_error naming file and line for what is no text, as `read_text_file`
/// @code
/// for (const TextLine& line : read_text_lines("prompts.txt")) use(line.text, line.number);
/// @endcode
inline std::vector<TextLine> read_text_lines(const std::string& path) {
  return io_detail::split_lines(read_text_file(path));
}

}  // namespace flashvideo
