// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/core.h>

#include <charconv>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

#include "flashvideo/core/in_quotes.hpp"

namespace example {

namespace detail {

/// A number as people write it: without an exponent.
template <typename Number>
std::string plain_number(Number value) {
  if constexpr (std::integral<Number>) {
    return std::to_string(value);
  } else {
    char digits[400];
    return std::string(digits,
                       std::to_chars(digits, digits + sizeof(digits), value, std::chars_format::fixed).ptr);
  }
}

}  // namespace detail

/// The number that a whole text spells, in decimal.
/// @return an empty sentence and the number, or what is wrong: "0 is too small, at least 1"
template <typename Number>
std::string read_number(std::string_view text, Number least, Number most, Number& value) {
  const auto wrong = [&](const char* what, Number bound) {
    return fmt::format("{} is too {} {}", text.size() > 40 ? flashvideo::in_quotes(text) : std::string(text),
                       what, detail::plain_number(bound));
  };
  const bool minus = text.starts_with('-');
  const std::string_view digits = minus || text.starts_with('+') ? text.substr(1) : text;
  // read without its sign, so that -1 is a small number to a type that has none
  using Magnitude = std::conditional_t<std::integral<Number>, std::uint64_t, Number>;
  Magnitude magnitude{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), magnitude);
  const bool whole_text = !digits.empty() && end == digits.data() + digits.size() && digits.front() != '-';
  if (error == std::errc::invalid_argument || !whole_text) {
    return fmt::format("{} is no {}number", flashvideo::in_quotes(text),
                       std::integral<Number> ? "whole " : "");
  }
  if constexpr (std::floating_point<Number>) {
    if (error == std::errc::result_out_of_range || !std::isfinite(magnitude)) {
      return fmt::format("{} is no number that the program can hold", flashvideo::in_quotes(text));
    }
    value = minus ? -magnitude : magnitude;
    if (value < least) return wrong("small, at least", least);
    if (value > most) return wrong("large, at most", most);
  } else {
    const bool beyond = error == std::errc::result_out_of_range;
    const auto magnitude_of = [](Number bound) {  // of a bound below zero too
      const auto bits = static_cast<std::uint64_t>(bound);
      return bound < Number{0} ? std::uint64_t{0} - bits : bits;
    };
    if (minus && magnitude > 0) {
      if (beyond || least >= Number{0} || magnitude > magnitude_of(least))
        return wrong("small, at least", least);
      if (most < Number{0} && magnitude < magnitude_of(most)) return wrong("large, at most", most);
      value = static_cast<Number>(std::uint64_t{0} - magnitude);
    } else {
      if (beyond || most < Number{0} || magnitude > magnitude_of(most)) return wrong("large, at most", most);
      if (least > Number{0} && magnitude < magnitude_of(least)) return wrong("small, at least", least);
      value = static_cast<Number>(magnitude);
    }
  }
  return {};
}

}  // namespace example
