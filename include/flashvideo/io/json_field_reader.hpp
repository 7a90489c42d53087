// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flashvideo/core/edit_distance.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/core/fields.hpp"
#include "flashvideo/io/json.hpp"

namespace flashvideo {

namespace io_detail {

/// Sets the fields of a configuration from an object's members.
template <typename = void>  // who reads no configuration compiles none of it
class JsonFieldReader final : public Fields {
 public:
  explicit JsonFieldReader(const Json& json) {
    require<value_error>(json.is_object(), "found {}, expected an object", shown(json));
    levels_.push_back({.object = &json});
  }

  void integer(std::string_view name, index_t& value, const IntegerRange& range, std::string_view) override {
    const Json* json = find(name);
    if (json != nullptr) value = integer_of(*json, path(name), range);
  }
  void real(std::string_view name, double& value, const RealRange& range, std::string_view) override {
    const Json* json = find(name);
    if (json != nullptr) value = real_of(*json, path(name), range);
  }
  void flag(std::string_view name, bool& value, std::string_view) override {
    const Json* json = find(name);
    if (json == nullptr) return;
    expect(json->is_bool(), *json, path(name), "true or false");
    value = json->as_bool();
  }
  void text(std::string_view name, std::string& value, std::initializer_list<std::string_view> choices,
            std::string_view) override {
    const Json* json = find(name);
    if (json == nullptr) return;
    value = text_of(*json, path(name));
    check_choice(path(name), value, choices);
  }
  void integers(std::string_view name, std::vector<index_t>& values, const IntegerRange& count,
                const IntegerRange& each, std::string_view) override {
    const Json* json = find_array(name);
    if (json == nullptr) return;
    values.clear();
    for (const Json& item : json->as_array()) {
      values.push_back(integer_of(item, path(item_name(name, static_cast<index_t>(values.size()))), each));
    }
    count.check(length_of(path(name)), static_cast<index_t>(values.size()));
  }
  void reals(std::string_view name, std::vector<double>& values, const RealRange& each,
             std::string_view) override {
    const Json* json = find_array(name);
    if (json == nullptr) return;
    values.clear();
    for (const Json& item : json->as_array()) {
      values.push_back(real_of(item, path(item_name(name, static_cast<index_t>(values.size()))), each));
    }
  }
  void texts(std::string_view name, std::vector<std::string>& values, std::string_view) override {
    const Json* json = find_array(name);
    if (json == nullptr) return;
    values.clear();
    for (const Json& item : json->as_array()) {
      values.push_back(text_of(item, path(item_name(name, static_cast<index_t>(values.size())))));
    }
  }
  void constant(std::string_view name, std::string_view value) override {
    std::string stored;
    text(name, stored, {value}, {});
  }
  bool present(std::string_view name, bool) override {
    levels_.back().known.emplace_back(name);
    return levels_.back().object->contains(name);
  }
  bool word(std::string_view name, std::string_view word, bool) override {
    const Json* json = levels_.back().object->find(name);
    if (json == nullptr || !json->is_string()) return false;
    constant(name, word);
    return true;
  }

  /// To be called after the visit: every member was a field, and no field is missing.
  void finish() { end_part(); }

 private:
  struct Level {
    const Json* object = nullptr;
    const Json* array = nullptr;  // of the list that is being visited
    std::vector<std::string> known{};
    std::string missing{};
  };

  bool begin_part(std::string_view name) override {
    const Json* json = find(name);
    if (json == nullptr) return false;
    expect(json->is_object(), *json, path(name), "an object");
    levels_.push_back({.object = json});
    return true;
  }
  index_t begin_list(std::string_view name, index_t, const IntegerRange& count, std::string_view) override {
    const Json* json = find_array(name);
    if (json == nullptr) return -1;
    levels_.back().array = json;
    const index_t size = static_cast<index_t>(json->as_array().size());
    count.check(length_of(path(name)), size);
    return size;
  }
  void begin_item(index_t i) override {
    const Json& item = levels_.back().array->as_array()[static_cast<std::size_t>(i)];
    const std::string place = path("");
    expect(item.is_object(), item, place.substr(0, place.size() - 1), "an object");
    levels_.push_back({.object = &item});
  }
  void end_part() override {
    const Level& level = levels_.back();
    for (const std::string& key : level.object->keys()) refuse_unknown(level.known, key);
    require<value_error>(level.missing.empty(), "{}: missing", path(level.missing));
    levels_.pop_back();
  }
  void end_list() override { levels_.back().array = nullptr; }

  void refuse_unknown(const std::vector<std::string>& known, const std::string& key) const {
    std::size_t best = key.size();
    const std::string* nearest = nullptr;
    std::string all;
    for (const std::string& name : known) {
      if (name == key) return;
      all += (all.empty() ? "" : ", ") + name;
      if (key.size() > 2 * name.size()) continue;
      const std::size_t distance = edit_distance(key, name);
      if (distance >= best || 2 * distance > (std::max)(key.size(), name.size())) continue;  // no help
      best = distance;
      nearest = &name;
    }
    const std::string where = path(key.substr(0, 60));
    throw value_error(nearest != nullptr ? formatted_message("{}: unknown, did you mean {}?", where, *nearest)
                                         : formatted_message("{}: unknown, expected one of {}", where, all));
  }

  /// The member; nullptr when there is none, which `end_part` tells.
  const Json* find(std::string_view name) {
    Level& level = levels_.back();
    level.known.emplace_back(name);
    const Json* json = level.object->find(name);
    if (json == nullptr && level.missing.empty()) level.missing = std::string(name);
    return json;
  }
  const Json* find_array(std::string_view name) {
    const Json* json = find(name);
    if (json != nullptr) expect(json->is_array(), *json, path(name), "an array");
    return json;
  }

  static std::string shown(const Json& json) {
    std::string text = json.dump();
    if (text.size() > 60) text = text.substr(0, 57) + "...";
    return text;
  }
  static void expect(bool holds, const Json& json, const std::string& path, std::string_view wanted) {
    require<value_error>(holds, "{} is {}, expected {}", path, holds ? "" : shown(json), wanted);
  }
  static index_t integer_of(const Json& json, const std::string& path, const IntegerRange& range) {
    const std::string bounds = range.text();
    expect(json.is_integer(), json, path, "an integer" + (bounds.empty() ? "" : ' ' + bounds));
    range.check(path, json.as_integer());
    return json.as_integer();
  }
  static double real_of(const Json& json, const std::string& path, const RealRange& range) {
    expect(json.is_number(), json, path, "a number");
    range.check(path, json.as_number());
    return json.as_number();
  }
  static const std::string& text_of(const Json& json, const std::string& path) {
    expect(json.is_string(), json, path, "a text");
    return json.as_string();
  }

  std::vector<Level> levels_;
};

}  // namespace io_detail

/// A configuration (core/fields.hpp) out of a JSON object that has its fields as members and no other.
/// @throws value_error naming the member's path: "decoder.lerning_rate: unknown, did you mean learning_rate?",
/// "decoder.steps: missing", "decoder.steps is -1, expected >= 1", "decoder.steps is \"x\", expected an integer".
/// @code auto learning = from_json<Learning>(parse_json(text)); @endcode
template <typename Configuration>
Configuration from_json(const Json& json) {
  Configuration configuration;
  io_detail::JsonFieldReader<> reader(json);
  configuration.visit(reader);
  reader.finish();
  return configuration;
}

}  // namespace flashvideo
