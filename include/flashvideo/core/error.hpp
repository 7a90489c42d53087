// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/core/config.hpp"  // before fmt, which it configures for nvcc
//
#include <fmt/core.h>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace flashvideo {

/// Base of every exception that the library throws on purpose. The message is one sentence: what, where,
/// which rule.
class error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A caller's extents do not fit: "Retention::forward: q has 8 columns, expected d_key = 16".
class shape_error : public error {
 public:
  using error::error;
};

/// A caller's value is outside its range: "Sampler: temperature is -1, expected > 0".
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

namespace detail {

/// A message's text; the compiler checks that it has as many places `{}` as there are arguments. (fmt's own
/// check of every argument type costs each user of the umbrella a fifth of its compile time.)
template <std::size_t Count>
struct Message {
  std::string_view text;

  consteval Message(const char* literal) : text(literal) {
    std::size_t places = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '{') continue;
      if (i + 1 < text.size() && text[i + 1] == '{') {
        ++i;
      } else {
        ++places;
      }
    }
    if (places != Count) throw "flashvideo::require: the message needs one place {} for each argument.";
  }
};

/// `Message` for a pack, in a form that no compiler tries to deduce from.
template <typename... Args>
struct MessageFor {
  using type = Message<sizeof...(Args)>;
};

/// Out of line of every `require`, so that a call costs one test.
template <typename Exception>
[[noreturn, gnu::cold]] void fail(std::string_view text, fmt::format_args arguments) {
  throw Exception(fmt::vformat(text, arguments));
}

}  // namespace detail

/// Throws `Exception` with the formatted message unless `condition` holds. Doors check with it; inner code
/// asserts.
/// @code require<value_error>(n >= 1, "Sampler: top_k is {}, expected >= 1", n); @endcode
template <typename Exception, typename... Args>
void require(bool condition, typename detail::MessageFor<Args...>::type message, const Args&... args) {
  if (!condition) [[unlikely]] {
    detail::fail<Exception>(message.text, fmt::make_format_args(args...));
  }
}

}  // namespace flashvideo
