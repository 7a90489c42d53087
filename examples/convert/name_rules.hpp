// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/io/tensor_archive.hpp"
#include "flashvideo/io/text_file.hpp"

namespace example {

/// How one network's tensors are named elsewhere: the lines of a rule file (rules/*.rules).
///
///     separator /                          joins nested names (before any rule; `.` unless said)
///     map PATTERN NAME [axes 4 3 0 1 2]    a tensor whose whole name fits gets this name; its axes are reordered
///     map PATTERN NAME squeeze             the same, axes of extent 1 are left out
///     drop PATTERN                         a tensor that is left out
///
/// Patterns are regular expressions (ECMAScript), `$1` in NAME is their first group; the first line that fits counts.
class NameRules {
 public:
  /// @throws flashvideo::format_error with the line of a rule that is none
  explicit NameRules(const std::string& path) : path_(path) {
    for (const flashvideo::TextLine& line : flashvideo::read_text_lines(path)) {
      std::istringstream words(line.text);
      std::string verb;
      if (!(words >> verb) || verb[0] == '#') continue;
      const auto fail = [&](const char* expected) {
        throw flashvideo::format_error(fmt::format("{}: line {}: expected {}", path, line.number, expected));
      };
      Rule rule;
      std::string pattern, axes;
      if (verb == "separator") {
        if (!(words >> separator_)) fail("separator TEXT");
        continue;
      }
      if (verb == "drop" ? !(words >> pattern) : verb != "map" || !(words >> pattern >> rule.name))
        fail("map PATTERN NAME [squeeze | axes ...], drop PATTERN or separator TEXT");
      try {
        rule.pattern = std::regex(pattern);
      } catch (const std::regex_error&) {
        fail("a regular expression");
      }
      if (words >> axes && axes == "squeeze") {
        rule.squeezes = true;
      } else if (!axes.empty()) {
        if (axes != "axes") fail("squeeze, or axes and numbers after the name");
        for (std::size_t axis = 0; words >> axis;) rule.axes.push_back(axis);
        std::vector<std::size_t> sorted = rule.axes;
        std::sort(sorted.begin(), sorted.end());
        for (std::size_t i = 0; i < sorted.size(); ++i) {
          if (sorted[i] != i) fail("each axis once, from 0");
        }
      }
      rules_.push_back(std::move(rule));
    }
  }

  const std::string& separator() const { return separator_; }

  /// The tensor under its new name; nothing when it is left out.
  /// @throws flashvideo::format_error when no rule fits, or the tensor has other axes than the rule
  std::optional<flashvideo::ArchivedTensor> apply(flashvideo::ArchivedTensor tensor) const {
    for (const Rule& rule : rules_) {
      if (!std::regex_match(tensor.name, rule.pattern)) continue;
      if (rule.name.empty()) return std::nullopt;
      tensor.name = std::regex_replace(tensor.name, rule.pattern, rule.name);
      if (rule.squeezes) squeeze(tensor.tensor);
      if (rule.axes.empty()) return tensor;
      flashvideo::require<flashvideo::format_error>(
          rule.axes.size() == tensor.tensor.shape.size(), "{}: tensor \"{}\" has {} axes, its rule {}", path_,
          tensor.name, tensor.tensor.shape.size(), rule.axes.size());
      const flashvideo::PickleTensor old = tensor.tensor;
      for (std::size_t i = 0; i < rule.axes.size(); ++i) {
        tensor.tensor.shape[i] = old.shape[rule.axes[i]];
        tensor.tensor.strides[i] = old.strides[rule.axes[i]];
      }
      return tensor;
    }
    throw flashvideo::format_error(fmt::format("{}: no rule fits the tensor \"{}\"", path_, tensor.name));
  }

 private:
  struct Rule {
    std::regex pattern;
    std::string name;  // empty: dropped
    std::vector<std::size_t> axes;
    bool squeezes = false;
  };

  static void squeeze(flashvideo::PickleTensor& tensor) {
    for (std::size_t axis = tensor.shape.size(); axis-- > 0;) {
      if (tensor.shape[axis] != 1) continue;
      tensor.shape.erase(tensor.shape.begin() + static_cast<std::ptrdiff_t>(axis));
      tensor.strides.erase(tensor.strides.begin() + static_cast<std::ptrdiff_t>(axis));
    }
  }

  std::string path_;
  std::string separator_ = ".";
  std::vector<Rule> rules_;
};

}  // namespace example
