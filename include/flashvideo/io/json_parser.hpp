// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/core/utf8.hpp"
#include "flashvideo/io/json.hpp"

namespace flashvideo {

namespace io_detail {

/// Recursive descent over one text; every failure names the byte where it was noticed.
template <typename = void>  // a program that reads no JSON compiles none of it
class JsonParser {
 public:
  JsonParser(std::string_view text, std::string_view source, index_t base)
      : text_(text), source_(source), base_(base) {}

  Json parse() {
    Json value = parse_value(0);
    skip_space();
    check(at_ == text_.size(), "expected the end after the value");
    return value;
  }

 private:
  static constexpr int max_depth = 64;

  /// Names the line, or the byte while it is the first one (texts that people write have many).
  [[noreturn]] void fail(const std::string& reason, std::size_t at) const {
    const auto before = text_.substr(0, at);
    const index_t line = 1 + static_cast<index_t>(std::count(before.begin(), before.end(), '\n'));
    if (line > 1) throw format_error(formatted_message("{}: line {}: {}", source_, line, reason));
    throw format_error(
        formatted_message("{}, byte {}: {}", source_, base_ + static_cast<index_t>(at), reason));
  }
  void check(bool condition, const char* reason) const {
    if (!condition) fail(at_ < text_.size() ? reason : std::string(reason) + ", found the end", at_);
  }
  bool next_is(char c) const { return at_ < text_.size() && text_[at_] == c; }
  bool accept(char c) {
    const bool found = next_is(c);
    if (found) ++at_;
    return found;
  }
  void skip_space() {
    while (next_is(' ') || next_is('\n') || next_is('\t') || next_is('\r')) ++at_;
  }
  bool next_is_digit() const { return at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; }

  Json parse_value(int depth) {
    check(depth < max_depth, "nested deeper than 64 levels");
    skip_space();
    if (next_is('{')) return parse_object(depth);
    if (next_is('[')) return parse_array(depth);
    if (next_is('"')) return parse_string();
    if (next_is('-') || next_is_digit()) return parse_number();
    if (accept_word("true")) return true;
    if (accept_word("false")) return false;
    check(accept_word("null"), "expected a value");
    return nullptr;
  }

  bool accept_word(std::string_view word) {
    const bool found = text_.substr(at_, word.size()) == word;
    if (found) at_ += word.size();
    return found;
  }

  Json parse_array(int depth) {
    Json array = Json::array();
    ++at_;
    skip_space();
    if (accept(']')) return array;
    while (true) {
      array.push_back(parse_value(depth + 1));
      skip_space();
      if (accept(']')) return array;
      check(accept(','), "expected ',' or ']' in an array");
    }
  }

  Json parse_object(int depth) {
    std::vector<std::string> keys;
    std::vector<Json> values;
    std::vector<std::size_t> key_at;
    ++at_;
    skip_space();
    while (!accept('}')) {
      if (!keys.empty()) {
        check(accept(','), "expected ',' or '}' in an object");
        skip_space();
      }
      check(next_is('"'), "expected a quoted key");
      key_at.push_back(at_);
      keys.push_back(parse_string());
      skip_space();
      check(accept(':'), "expected ':' after a key");
      values.push_back(parse_value(depth + 1));
      skip_space();
    }
    refuse_duplicates(keys, key_at);
    return Json::object_of(std::move(keys), std::move(values));
  }

  void refuse_duplicates(const std::vector<std::string>& keys, const std::vector<std::size_t>& key_at) const {
    std::vector<std::size_t> order(keys.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      const int compared = keys[a].compare(keys[b]);
      return compared != 0 ? compared < 0 : a < b;
    });
    for (std::size_t i = 1; i < order.size(); ++i) {
      if (keys[order[i - 1]] == keys[order[i]]) {
        fail(formatted_message("the key \"{}\" stands twice", keys[order[i]]), key_at[order[i]]);
      }
    }
  }

  Json parse_number() {
    const std::size_t begin = at_;
    accept('-');
    check(next_is_digit(), "expected a digit");
    if (accept('0')) {
      check(!next_is_digit(), "a number starts with 0");
    } else {
      while (next_is_digit()) ++at_;
    }
    bool integer = true;
    if (accept('.')) {
      integer = false;
      check(next_is_digit(), "expected a digit after '.'");
      while (next_is_digit()) ++at_;
    }
    if (accept('e') || accept('E')) {
      integer = false;
      if (!accept('+')) accept('-');
      check(next_is_digit(), "expected a digit in the exponent");
      while (next_is_digit()) ++at_;
    }
    const char* first = text_.data() + begin;
    const char* last = text_.data() + at_;
    std::int64_t exact = 0;
    if (integer && std::from_chars(first, last, exact).ec == std::errc()) return exact;
    double real = 0.0;
    if (std::from_chars(first, last, real).ec != std::errc()) fail("the number is out of range", begin);
    return real;
  }

  unsigned parse_hex4() {
    check(at_ + 4 <= text_.size(), "expected four hexadecimal digits");
    unsigned value = 0;
    const char* first = text_.data() + at_;
    const auto result = std::from_chars(first, first + 4, value, 16);
    check(result.ec == std::errc() && result.ptr == first + 4, "expected four hexadecimal digits");
    at_ += 4;
    return value;
  }

  void parse_unicode_escape(std::string& out) {
    const std::size_t begin = at_;
    unsigned code = parse_hex4();
    if (code >= 0xD800 && code < 0xE000) {  // a high surrogate, then a low one
      if (code >= 0xDC00 || !accept_word("\\u")) fail("half of a surrogate pair", begin);
      const unsigned low = parse_hex4();
      if (low < 0xDC00 || low >= 0xE000) fail("half of a surrogate pair", begin);
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    if (code < 0x80) {
      out += static_cast<char>(code);
      return;
    }
    const int tail = code < 0x800 ? 1 : (code < 0x10000 ? 2 : 3);  // bytes after the first
    const unsigned lead = tail == 1 ? 0xC0 : (tail == 2 ? 0xE0 : 0xF0);
    out += static_cast<char>(lead | (code >> (6 * tail)));
    for (int i = tail - 1; i >= 0; --i) out += static_cast<char>(0x80 | ((code >> (6 * i)) & 0x3F));
  }

  std::string parse_string() {
    std::string out;
    ++at_;
    while (true) {
      check(at_ < text_.size(), "expected '\"' at the end of a string");
      const char c = text_[at_];
      check(static_cast<unsigned char>(c) >= 0x20, "a control character inside a string");
      const Utf8Character next = first_character(text_.substr(at_));
      check(next.code >= 0, "a string is no UTF-8");
      if (c != '"' && c != '\\') {
        out += text_.substr(at_, next.length);
        at_ += next.length;
        continue;
      }
      ++at_;
      if (c == '"') return out;
      check(at_ < text_.size(), "expected an escape");
      constexpr std::string_view escapes = "\"\\/bfnrt";
      constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
      const std::size_t which = escapes.find(text_[at_]);
      if (which != std::string_view::npos) {
        ++at_;
        out += meanings[which];
      } else {
        check(accept('u'), "unknown escape");
        parse_unicode_escape(out);
      }
    }
  }

  std::string_view text_;
  std::string_view source_;
  index_t base_;
  std::size_t at_ = 0;
};

}  // namespace io_detail

/// Reads one JSON value (RFC 8259, at most 64 levels deep, no key twice in an object). Integers that fit
/// int64 stay exact, other numbers become doubles.
/// @param base the text's own offset inside `source`
/// @throws format_error naming source and byte, "source, byte N: reason", or beyond the first line "source: line N: reason"
/// @code
/// const Json config = parse_json(text, "model.json");
/// const auto d_model = config.at("d_model").as_integer();
/// @endcode
template <typename = void>
Json parse_json(std::string_view text, std::string_view source = "JSON", index_t base = 0) {
  return io_detail::JsonParser<>(text, source, base).parse();
}

}  // namespace flashvideo
