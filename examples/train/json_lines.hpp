// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace example {

/// JSON of one line with a line for each member and indented by depth; lists stay on one line. It reads back to the same.
inline std::string json_lines(std::string_view json) {
  std::string text;
  int depth = 0, lists = 0;
  bool quoted = false;
  const auto new_line = [&] {
    if (lists > 0) return;
    text += '\n';
    text.append(static_cast<std::size_t>(2 * depth), ' ');
  };
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '"' && (i == 0 || json[i - 1] != '\\')) quoted = !quoted;
    if (!quoted && c == '}') {
      --depth;
      new_line();
    }
    text += c;
    if (quoted) continue;
    lists += (c == '[') - (c == ']');
    if (c == '{') {
      ++depth;
      new_line();
    } else if (c == ',') {
      lists > 0 ? void(text += ' ') : new_line();
    } else if (c == ':') {
      text += ' ';
    }
  }
  return text + '\n';
}

}  // namespace example
