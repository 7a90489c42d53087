// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/io/json.hpp"

namespace flashvideo {

namespace io_detail {

inline bool all_texts(const Json& json) {
  return json.is_array() && std::all_of(json.as_array().begin(), json.as_array().end(),
                                        [](const Json& item) { return item.is_string(); });
}

/// The first texts of `all` that `other` does not have: "red", "blue" and 5 more; empty when there are none.
inline std::string texts_only_in(const Json& all, const Json& other) {
  constexpr index_t shown = 5;
  const std::vector<Json>& known = other.as_array();
  std::string list;
  index_t count = 0;
  for (const Json& item : all.as_array()) {
    if (std::find(known.begin(), known.end(), item) != known.end()) continue;
    if (++count <= shown) list += (list.empty() ? "" : ", ") + item.dump();
  }
  return count > shown ? list + formatted_message(" and {} more", count - shown) : list;
}

}  // namespace io_detail

/// The first difference of two values as "key = stored, WHO has current" with the key's members joined by points;
/// of lists of texts, the texts that only one of them has; empty when they are equal. The order of members does not
/// matter.
/// @code json_difference(stored, current)  // "decoder.steps = 10, this run has 20" @endcode
inline std::string json_difference(const Json& stored, const Json& current, std::string_view who = "this run",
                                   const std::string& key = "") {
  if (stored == current) return "";
  if (io_detail::all_texts(stored) && io_detail::all_texts(current)) {
    const std::string without = io_detail::texts_only_in(stored, current);
    const std::string with = io_detail::texts_only_in(current, stored);
    std::string text = without.empty() ? "" : formatted_message(" {}, which {} does not have", without, who);
    if (!with.empty()) {
      text += formatted_message("{} without {}, which {} has", text.empty() ? "" : ", and", with, who);
    }
    if (!text.empty()) return key + text;
  }
  if (stored.is_array() && current.is_array() && stored.as_array().size() == current.as_array().size()) {
    for (std::size_t i = 0; i < stored.as_array().size(); ++i) {
      const std::string item = formatted_message("{}[{}]", key, i);
      std::string difference = json_difference(stored.as_array()[i], current.as_array()[i], who, item);
      if (!difference.empty()) return difference;
    }
  }
  if (!stored.is_object() || !current.is_object()) {
    return formatted_message("{} = {}, {} has {}", key, stored.dump(), who, current.dump());
  }
  const std::string start = key.empty() ? key : key + ".";
  for (std::size_t i = 0; i < stored.keys().size(); ++i) {
    const std::string member = start + stored.keys()[i];
    const Json* other = current.find(stored.keys()[i]);
    if (other == nullptr) {
      return formatted_message("{} = {}, {} has none", member, stored.values()[i].dump(), who);
    }
    std::string difference = json_difference(stored.values()[i], *other, who, member);
    if (!difference.empty()) return difference;
  }
  for (std::size_t i = 0; i < current.keys().size(); ++i) {
    if (stored.contains(current.keys()[i])) continue;
    return formatted_message("no {}{}, {} has {}", start, current.keys()[i], who, current.values()[i].dump());
  }
  return "";
}

}  // namespace flashvideo
