// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/interrupt.hpp"
#include "common/standard_output.hpp"
#include "common/usage_error.hpp"
#include "flashvideo/core/version.hpp"

namespace example {

inline constexpr int status_ok = 0;
inline constexpr int status_error = 1;
inline constexpr int status_usage = 2;
inline constexpr int status_interrupted = 130;

/// Refuses an option without its value that another option follows: CLI11 would take that for the value.
/// @param words the last one first
/// @throws CLI::ParseError
inline void refuse_missing_values(const CLI::App& app, const std::vector<std::string>& words) {
  const auto option_of = [&](const std::string& word) {
    return word.starts_with("--") ? app.get_option_no_throw(word) : nullptr;
  };
  for (std::size_t i = words.size(); i-- > 1;) {
    const CLI::Option* option = option_of(words[i]);
    if (option != nullptr && option->get_items_expected_min() > 0 && option_of(words[i - 1]) != nullptr)
      throw CLI::ArgumentMismatch(
          words[i] + ": its value is missing, the option " + words[i - 1] + " follows",
          CLI::ExitCodes::ArgumentMismatch);
  }
}

/// Parses the command line and runs the program, which SIGINT and SIGTERM ask to stop; returns its exit
/// status. --help and --version go to stdout with status 0; a wrong command line is one line on stderr and
/// status 2; any other error is one line and status 1. Call it before any thread is started.
/// @param run called after parsing with the program's `Interrupt`, returns the exit status.
/// @code
///   CLI::App app("what it does", "name");
///   example::add_number(app, "--seed", seed, 0, 1000, "...");
///   return example::run_main(app, argc, argv, [&](example::Interrupt& interrupt) { return work(seed); });
/// @endcode
template <typename Run>
int run_main(CLI::App& app, int argc, char** argv, Run&& run) {
  const auto complain = [&](const char* what, int status) {
    std::fprintf(stderr, "%s: %s\n", app.get_name().c_str(), what);
    return status;
  };
  take_refused_output_as_error();
  if (app.get_name().empty()) app.name("flashvideo");
  app.set_version_flag("--version", app.get_name() + " (flashvideo) " + FLASHVIDEO_VERSION,
                       "print the version and exit");
  try {
    std::vector<std::string> words;  // CLI11 wants the last one first
    for (int i = argc - 1; i > 0; --i) {
      const std::string_view word = argv[i];
      const bool nothing_given = word.starts_with("--") && word.find('=') == word.size() - 1;
      if (nothing_given) words.emplace_back();  // not the word that follows, as CLI11 would take it
      words.emplace_back(nothing_given ? word.substr(0, word.size() - 1) : word);
    }
    refuse_missing_values(app, words);
    app.parse(std::move(words));
    Interrupt interrupt;
    const int status = run(interrupt);
    check_standard_output();
    return status;
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    return complain(error.what(), status_usage);
  } catch (const usage_error& error) {
    return complain(error.what(), status_usage);
  } catch (const std::bad_alloc&) {
    return complain("there is not enough memory", status_error);
  } catch (const std::exception& error) {
    return complain(error.what(), status_error);
  }
}

}  // namespace example
