// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/core/utf8.hpp"

namespace flashvideo {

/// One JSON value (RFC 8259): null, boolean, integer (exact int64), real, string (UTF-8), array or object.
/// Objects keep the order of their members; io/json_parser.hpp reads it.
/// @throws value_error when a value is used as another kind, an integer is beyond int64, a real is not finite
/// or a text no UTF-8
/// @code
/// Json config = Json::object();
/// config.set("d_model", 192);
/// std::string text = config.dump();  // {"d_model":192}
/// @endcode
class Json {
 public:
  /// @{
  /// A value of the kind of what is given; without anything null.
  Json() = default;
  Json(std::nullptr_t) {}
  template <std::same_as<bool> Truth>
  Json(Truth value) : kind_(Kind::Boolean), integer_(value ? 1 : 0) {}
  template <std::integral Integer>
  requires(!std::same_as<Integer, bool>) Json(Integer value)
      : kind_(Kind::Integer), integer_(static_cast<std::int64_t>(value)) {
    require<value_error>(std::in_range<std::int64_t>(value), "Json: {} does not fit a 64-bit signed integer",
                         value);
  }
  template <std::floating_point Real>
  Json(Real value) : kind_(Kind::Real), real_(static_cast<double>(value)) {}
  Json(std::string value) : kind_(Kind::String), text_(std::move(value)) {}
  Json(std::string_view value) : kind_(Kind::String), text_(value) {}
  Json(const char* value) : kind_(Kind::String), text_(value) {}
  /// @}

  /// @{
  /// An empty one.
  static Json array() { return Json(Kind::Array); }
  static Json object() { return Json(Kind::Object); }
  /// @}
  /// An array of anything that a Json is made from.
  template <typename Range>
  static Json array_of(const Range& values) {
    Json result = array();
    for (const auto& value : values) result.push_back(Json(value));
    return result;
  }
  /// An object of members whose keys are already known to differ.
  static Json object_of(std::vector<std::string> keys, std::vector<Json> values) {
    Json result = object();
    result.keys_ = std::move(keys);
    result.elements_ = std::move(values);
    return result;
  }

  /// @{
  /// Which kind it is; an integer is a number too.
  bool is_null() const { return kind_ == Kind::Null; }
  bool is_bool() const { return kind_ == Kind::Boolean; }
  bool is_integer() const { return kind_ == Kind::Integer; }
  bool is_number() const { return is_integer() || kind_ == Kind::Real; }
  bool is_string() const { return kind_ == Kind::String; }
  bool is_array() const { return kind_ == Kind::Array; }
  bool is_object() const { return kind_ == Kind::Object; }
  /// @}

  /// @{
  /// The value of that kind; an integer is a number too.
  bool as_bool() const {
    check(is_bool(), "a boolean");
    return integer_ != 0;
  }
  std::int64_t as_integer() const {
    check(is_integer(), "an integer");
    return integer_;
  }
  double as_number() const {
    check(is_number(), "a number");
    return is_integer() ? static_cast<double>(integer_) : real_;
  }
  const std::string& as_string() const {
    check(is_string(), "a string");
    return text_;
  }
  const std::vector<Json>& as_array() const {
    check(is_array(), "an array");
    return elements_;
  }

  /// An object's keys in their order, and its values in the same order.
  /// @{
  const std::vector<std::string>& keys() const {
    check(is_object(), "an object");
    return keys_;
  }
  const std::vector<Json>& values() const {
    check(is_object(), "an object");
    return elements_;
  }

  /// The member's value, or nullptr when absent (linear search).
  const Json* find(std::string_view key) const {
    const std::size_t i = index_of(key);
    return i < keys_.size() ? &elements_[i] : nullptr;
  }
  /// Whether an object has the member.
  bool contains(std::string_view key) const { return find(key) != nullptr; }
  /// The member's value.
  /// @throws value_error naming the key when it is absent
  const Json& at(std::string_view key) const {
    const Json* value = find(key);
    require<value_error>(value != nullptr, "Json: the object has no member \"{}\"", key);
    return *value;
  }

  /// Sets a member of an object (a null value becomes an object first); a new key goes last.
  Json& set(std::string_view key, Json value) {
    if (is_null()) kind_ = Kind::Object;
    const std::size_t i = index_of(key);
    if (i < keys_.size()) {
      elements_[i] = std::move(value);
    } else {
      keys_.emplace_back(key);
      elements_.push_back(std::move(value));
    }
    return *this;
  }
  /// Appends to an array (a null value becomes an array first).
  void push_back(Json value) {
    if (is_null()) kind_ = Kind::Array;
    check(is_array(), "an array");
    elements_.push_back(std::move(value));
  }

  /// The shortest text, without spaces; a real keeps a point or an exponent so that it is read back as one.
  std::string dump() const {
    std::string out;
    append_to(out);
    return out;
  }
  /// Appends what `dump` gives.
  void append_to(std::string& out) const;

  friend bool operator==(const Json&, const Json&) = default;

 private:
  enum class Kind : std::uint8_t { Null, Boolean, Integer, Real, String, Array, Object };

  explicit Json(Kind kind) : kind_(kind) {}

  void check(bool condition, const char* wanted) const {
    constexpr const char* names[] = {"null",     "a boolean", "an integer", "a real",
                                     "a string", "an array",  "an object"};
    require<value_error>(condition, "Json: found {}, expected {}", names[static_cast<std::size_t>(kind_)],
                         wanted);
  }
  /// The member's place; the number of members when absent.
  std::size_t index_of(std::string_view key) const {
    check(is_object(), "an object");
    std::size_t i = 0;
    while (i < keys_.size() && keys_[i] != key) ++i;
    return i;
  }

  Kind kind_ = Kind::Null;
  std::int64_t integer_ = 0;
  double real_ = 0.0;
  std::string text_;
  std::vector<Json> elements_;     // of an array; an object's values
  std::vector<std::string> keys_;  // of an object
};

namespace io_detail {

/// Appends `text` quoted and escaped; bytes from 0x20 up other than quote and backslash stay as they are.
/// What is no UTF-8 has no JSON form: `value_error`.
inline void append_json_string(std::string& out, std::string_view text) {
  const std::size_t bad = invalid_utf8_at(text);
  require<value_error>(bad == text.size(), "Json: a text of {} bytes is no UTF-8 at byte {}", text.size(),
                       bad);
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          constexpr std::string_view hexadecimal = "0123456789abcdef";
          out += "\\u00";
          out += hexadecimal[static_cast<std::size_t>(c) / 16];
          out += hexadecimal[static_cast<std::size_t>(c) % 16];
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

inline void append_json_real(std::string& out, double value) {
  require<value_error>(value - value == 0.0, "Json: {} has no JSON form, expected a finite number", value);
  const std::string text = shortest_digits(value);
  out += text;
  if (text.find_first_of(".e") == std::string::npos) out += ".0";
}

}  // namespace io_detail

inline void Json::append_to(std::string& out) const {
  if (is_null()) {
    out += "null";
  } else if (is_bool()) {
    out += as_bool() ? "true" : "false";
  } else if (is_integer()) {
    out += std::to_string(as_integer());
  } else if (is_number()) {
    io_detail::append_json_real(out, as_number());
  } else if (is_string()) {
    io_detail::append_json_string(out, as_string());
  } else if (is_array()) {
    const char* separator = "[";
    for (const Json& element : as_array()) {
      out += separator;
      element.append_to(out);
      separator = ",";
    }
    out += as_array().empty() ? "[]" : "]";
  } else {
    const char* separator = "{";
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      out += separator;
      io_detail::append_json_string(out, keys_[i]);
      out += ':';
      elements_[i].append_to(out);
      separator = ",";
    }
    out += keys_.empty() ? "{}" : "}";
  }
}

}  // namespace flashvideo
