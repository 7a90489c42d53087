// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flashvideo/core/fields.hpp"

namespace flashvideo {

namespace core_detail {

/// One line for each field.
class FieldLister final : public Fields {
 public:
  void integer(std::string_view name, index_t&, const IntegerRange& range,
               std::string_view meaning) override {
    add(name, "integer", range.text(), meaning);
  }
  void real(std::string_view name, double&, const RealRange& range, std::string_view meaning) override {
    add(name, "number", range.text(), meaning);
  }
  void flag(std::string_view name, bool&, std::string_view meaning) override {
    add(name, "true or false", "", meaning);
  }
  void text(std::string_view name, std::string&, std::initializer_list<std::string_view> choices,
            std::string_view meaning) override {
    std::string kind;
    for (const std::string_view choice : choices) {
      kind += formatted_message("{}\"{}\"", kind.empty() ? "" : " or ", choice);
    }
    add(name, kind.empty() ? "text" : kind, "", meaning);
  }
  void integers(std::string_view name, std::vector<index_t>&, const IntegerRange&, const IntegerRange& each,
                std::string_view meaning) override {
    add(name, "integers", each.text(), meaning);
  }
  void reals(std::string_view name, std::vector<double>&, const RealRange& each,
             std::string_view meaning) override {
    add(name, "numbers", each.text(), meaning);
  }
  void texts(std::string_view name, std::vector<std::string>&, std::string_view meaning) override {
    add(name, "texts", "", meaning);
  }
  void constant(std::string_view name, std::string_view value) override {
    add(name, formatted_message("\"{}\"", value), "", "");
  }
  bool present(std::string_view name, bool) override {
    optional_ = path(name);
    return true;
  }
  bool word(std::string_view name, std::string_view word, bool) override {
    add(name, formatted_message("\"{}\", or:", word), "", "");
    return false;
  }

  /// The lines, their columns below one another.
  std::string text() const {
    std::size_t names = 0, kinds = 0;
    for (const Line& line : lines_) {
      names = (std::max)(names, line.name.size());
      kinds = (std::max)(kinds, line.kind.size());
    }
    std::string out;
    for (const Line& line : lines_) {
      std::string row = "  " + line.name + std::string(names - line.name.size() + 2, ' ') + line.kind;
      if (!line.meaning.empty()) row += std::string(kinds - line.kind.size() + 2, ' ') + line.meaning;
      (out += row) += '\n';
    }
    return out;
  }

 private:
  struct Line {
    std::string name;
    std::string kind;
    std::string meaning;
  };

  void add(std::string_view name, std::string kind, const std::string& range, std::string_view meaning) {
    if (!range.empty()) (kind += ' ') += range;
    const std::string full = path(name);
    if (!optional_.empty() && (full == optional_ || full.starts_with(optional_ + '.'))) kind += ", optional";
    lines_.push_back({full, std::move(kind), std::string(meaning)});
  }

  bool begin_part(std::string_view) override { return true; }
  index_t begin_list(std::string_view name, index_t, const IntegerRange& count,
                     std::string_view meaning) override {
    add(name, count.least > 0 ? "list of " + count.text() + " items" : "list", "", meaning);
    return 1;  // what one item is like
  }
  void begin_item(index_t) override {}
  void end_part() override {}
  void end_list() override {}
  std::string item_name(std::string_view name, index_t) const override { return std::string(name) + "[]"; }

  std::vector<Line> lines_;
  std::string optional_;
};

}  // namespace core_detail

/// Every field of a configuration (core/fields.hpp) on a line: its path, kind, range and meaning; for `--help`.
/// @code app.footer("The configuration:\n" + list_of_fields<Learning>()); @endcode
template <typename Configuration>
std::string list_of_fields() {
  Configuration configuration;
  core_detail::FieldLister lister;
  configuration.visit(lister);
  return lister.text();
}

}  // namespace flashvideo
