// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/io/text_file.hpp"

namespace flashvideo {

/// A table of comma-separated values whose first line names its columns. Values may stand in quotes, a quote inside
/// them is doubled (RFC 4180); a value does not reach over the end of its line.
/// @throws io_error when the file cannot be read
/// @throws format_error naming the line with an open quote, or with more or fewer values than there are columns
/// @code
/// const CsvFile table("train.csv");
/// for (const CsvFile::Row& row : table.rows()) use(row.values[table.column("label")], row.line);
/// @endcode
class CsvFile {
 public:
  /// One line's values.
  struct Row {
    index_t line = 1;                 ///< counted from 1
    std::vector<std::string> values;  ///< one for each column
  };
  static constexpr std::size_t none = static_cast<std::size_t>(-1);  ///< of a column that is not there

  /// Reads it whole.
  explicit CsvFile(std::string path) : path_(std::move(path)) {
    for (const TextLine& line : read_text_lines(path_)) {
      if (line.text.empty()) continue;
      Row row{line.number, values_of(line)};
      if (columns_.empty()) {
        columns_ = std::move(row.values);
        continue;
      }
      require<format_error>(row.values.size() == columns_.size(),
                            "{}: line {} has {} values, the first line names {} columns", path_, line.number,
                            row.values.size(), columns_.size());
      rows_.push_back(std::move(row));
    }
  }

  /// Where it stands.
  const std::string& path() const { return path_; }
  /// All lines but the first and empty ones.
  const std::vector<Row>& rows() const { return rows_; }
  /// The place of a column, `none` without one of this name.
  std::size_t column(std::string_view name) const {
    const auto found = std::find(columns_.begin(), columns_.end(), name);
    return found == columns_.end() ? none : static_cast<std::size_t>(found - columns_.begin());
  }
  /// @throws format_error without a column of this name
  std::size_t needed_column(std::string_view name) const {
    const std::size_t place = column(name);
    require<format_error>(place != none, "{}: line 1: names no column {}", path_, name);
    return place;
  }

 private:
  std::vector<std::string> values_of(const TextLine& line) const {
    std::vector<std::string> values(1);
    bool in_quotes = false;
    for (std::size_t i = 0; i < line.text.size(); ++i) {
      const char c = line.text[i];
      if (c == '"' && in_quotes && line.text.substr(i + 1, 1) == "\"") {
        values.back() += c;
        ++i;
      } else if (c == '"') {
        in_quotes = !in_quotes;
      } else if (c == ',' && !in_quotes) {
        values.emplace_back();
      } else {
        values.back() += c;
      }
    }
    require<format_error>(!in_quotes, "{}: line {}: a quote is not closed", path_, line.number);
    return values;
  }

  std::string path_;
  std::vector<std::string> columns_;
  std::vector<Row> rows_;
};

}  // namespace flashvideo
