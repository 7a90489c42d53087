// SPDX-License-Identifier: MIT
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/in_quotes.hpp"

namespace flashvideo {

/// Base of every exception that the library throws on purpose. The message is one sentence: what, where,
/// which rule.
class error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A caller's extents do not fit: "Retention::forward: q is (4, 8), expected (4, 16)".
class shape_error : public error {
 public:
  using error::error;
};

/// A caller's value is outside its range: "SamplingOptions: temperature is -1, expected >= 0".
class value_error : public error {
 public:
  using error::error;
};

/// A file is not what it should be; the message starts with its path and, where known, the byte offset.
class format_error : public error {
 public:
  using error::error;
};

/// The system refused: cannot open, create, write or rename a file.
class io_error : public error {
 public:
  using error::error;
};

/// The shortest digits that read back to the value.
inline std::string shortest_digits(double value) {
  char digits[32];
  return std::string(digits, std::to_chars(digits, digits + sizeof(digits), value).ptr);
}

/// A message's text; the compiler checks that it has as many places `{}` as there are arguments. (fmt's own
/// check of every argument type costs each user of the umbrella a fifth of its compile time.)
template <std::size_t Count>
struct MessageText {
  std::string_view text;  ///< with its places

  /// Compiles only with a text that has as many places.
  consteval MessageText(const char* literal) {
    std::size_t places = 0;
    const char* c = literal;  // calls of std::string_view's members here would cost each user milliseconds
    for (; *c != '\0'; ++c) {
      if (*c != '{' && *c != '}') continue;
      const bool place = c[0] == '{' && c[1] == '}';
      if (!place && c[1] != c[0])
        throw "flashvideo::require: a place in a message is {} alone, a brace is {{ or }}.";
      places += place ? 1 : 0;
      ++c;
    }
    text = std::string_view(literal, static_cast<std::size_t>(c - literal));
    if (places != Count) throw "flashvideo::require: the message needs one place {} for each argument.";
  }
};

/// `MessageText` for a pack, in a form that no compiler tries to deduce from.
template <typename... Args>
struct MessageFor {
  using type = MessageText<sizeof...(Args)>;  ///< what a parameter takes
};

namespace core_detail {

/// `shortest_digits` as people write them: 1000000 and 0.00001, not 1e+06 and 1e-05.
inline std::string plain_digits(double value) {
  const double size = value < 0 ? -value : value;
  char digits[48];
  if (!(size >= 1e-9 && size < 1e15)) return shortest_digits(value);
  return std::string(digits,
                     std::to_chars(digits, digits + sizeof(digits), value, std::chars_format::fixed).ptr);
}

/// An argument of a message: an integer, a real or a text. One type for all, so that no call brings template
/// code of fmt's for its own list of types.
class MessageArgument {
 public:
  template <std::unsigned_integral Integer>
  MessageArgument(Integer value) : kind_(Kind::integer), integer_(value) {}
  template <std::signed_integral Integer>
  MessageArgument(Integer value)
      : kind_(value < 0 ? Kind::negative : Kind::integer), integer_(static_cast<std::uint64_t>(value)) {}
  MessageArgument(bool value) : kind_(Kind::text), text_(value ? "true" : "false") {}
  MessageArgument(double value) : kind_(Kind::real), real_(value) {}
  MessageArgument(std::string_view value) : kind_(Kind::text), text_(value) {}
  MessageArgument(const std::string& value) : kind_(Kind::text), text_(value) {}
  MessageArgument(const char* value) : kind_(Kind::text), text_(value) {}

  /// @param in_quotes the place stands between double quotes: a text there is a name or a sentence of the
  /// user's or of a file's, and is cut and shown as `in_quotes` does.
  void append_to(std::string& out, bool in_quotes) const {
    constexpr std::size_t longest_shown = 120;
    switch (kind_) {
      case Kind::negative:
        out += std::to_string(static_cast<std::int64_t>(integer_));
        break;
      case Kind::integer:
        out += std::to_string(integer_);
        break;
      case Kind::real:
        out += plain_digits(real_);
        break;
      case Kind::text:
        in_quotes ? append_shown(out, text_, longest_shown) : void(out += text_);
        break;
    }
  }

 private:
  enum class Kind { negative, integer, real, text };
  Kind kind_;
  std::uint64_t integer_ = 0;
  double real_ = 0;
  std::string_view text_{};
};

/// The text with its arguments in the places `{}`; `{{` and `}}` are braces. What stands in a place between
/// double quotes is cut and shown as `in_quotes` does.
inline std::string filled_in(std::string_view text, const MessageArgument* arguments) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool twice = i + 1 < text.size() && text[i + 1] == text[i];
    if (text[i] == '{' && !twice) {
      const bool in_quotes = i > 0 && text[i - 1] == '"' && i + 2 < text.size() && text[i + 2] == '"';
      (arguments++)->append_to(out, in_quotes);
      ++i;  // '}'
    } else {
      out += text[i];
      if ((text[i] == '{' || text[i] == '}') && twice) ++i;
    }
  }
  return out;
}

/// Out of line of every `require`, so that a call costs one test.
template <typename Exception>
[[noreturn, gnu::cold]] void fail(std::string_view text, const MessageArgument* arguments) {
  throw Exception(filled_in(text, arguments));
}

}  // namespace core_detail

/// The text with its arguments in the places `{}`; `{{` and `}}` are braces. A text between double quotes is
/// cut and shown as `in_quotes` does.
/// @code formatted_message("line {} has no tab", 7) == "line 7 has no tab" @endcode
template <typename... Args>
std::string formatted_message(typename MessageFor<Args...>::type text, const Args&... args) {
  const core_detail::MessageArgument arguments[] = {core_detail::MessageArgument(args)...,
                                                    core_detail::MessageArgument(0)};
  return core_detail::filled_in(text.text, arguments);
}

/// Throws `Exception` with the formatted message unless `condition` holds. Doors check with it; inner code
/// asserts.
/// @code require<value_error>(n >= 1, "Sampler: top_k is {}, expected >= 1", n); @endcode
template <typename Exception, typename... Args>
void require(bool condition, typename MessageFor<Args...>::type message, const Args&... args) {
  if (!condition) [[unlikely]] {
    const core_detail::MessageArgument arguments[] = {core_detail::MessageArgument(args)...,
                                                      core_detail::MessageArgument(0)};
    core_detail::fail<Exception>(message.text, arguments);
  }
}

}  // namespace flashvideo
