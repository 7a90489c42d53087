// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <concepts>
#include <string>
#include <type_traits>

#include "common/numbers.hpp"

namespace example {

/// An option that takes one number of [least, most]; anything else is refused in one sentence:
/// "--samples: 0 is too small, at least 1".
/// @code add_number(app, "--samples", samples, 1, 1000, "videos for each prompt"); @endcode
template <typename Number>
CLI::Option* add_number(CLI::App& app, const std::string& name, Number& value,
                        std::type_identity_t<Number> least, std::type_identity_t<Number> most,
                        const std::string& help) {
  const auto read = [name, &value, least, most](const CLI::results_t& given) {
    const std::string wrong = read_number(given.front(), least, most, value);
    if (!wrong.empty()) throw CLI::ValidationError(name, wrong);
    return true;
  };
  return app.add_option(name, read, help)
      ->type_name(std::integral<Number> ? "N" : "X")
      ->default_str(detail::plain_number(value));
}

/// The option --threads, which every program has.
inline CLI::Option* add_threads(CLI::App& app, int& threads) {
  return add_number(app, "--threads", threads, 0, 1024, "0: one for each hardware thread");
}

}  // namespace example
