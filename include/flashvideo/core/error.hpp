// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/core/config.hpp"  // before fmt, which it configures for nvcc
//
#include <fmt/core.h>

#include <stdexcept>
#include <string>
#include <utility>

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

/// Throws `Exception` with the formatted message unless `condition` holds. Doors check with it; inner code
/// asserts.
/// @code require<value_error>(n >= 1, "Sampler: top_k is {}, expected >= 1", n); @endcode
template <typename Exception, typename... Args>
void require(bool condition, fmt::format_string<Args...> message, Args&&... args) {
  if (!condition) [[unlikely]] {
    throw Exception(fmt::format(message, std::forward<Args>(args)...));
  }
}

}  // namespace flashvideo
