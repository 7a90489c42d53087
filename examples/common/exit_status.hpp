// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <stdexcept>

namespace example {

inline constexpr int status_ok = 0;
inline constexpr int status_error = 1;
inline constexpr int status_usage = 2;
inline constexpr int status_interrupted = 130;

/// The command line asks for something that cannot be: exit status 2.
class usage_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Parses the command line and runs the program; returns its exit status. Help goes to stdout with status 0;
/// a wrong command line is one line on stderr and status 2; any other error is one line and status 1.
/// @param run called without arguments after parsing, returns the exit status.
/// @code
///   CLI::App app("what it does");
///   app.add_option("--seed", seed, "...");
///   return example::run_main(app, argc, argv, [&] { return work(seed); });
/// @endcode
template <typename Run>
int run_main(CLI::App& app, int argc, char** argv, Run&& run) {
  const auto complain = [&](const char* what, int status) {
    std::fprintf(stderr, "%s: %s\n", app.get_name().c_str(), what);
    return status;
  };
  if (app.get_name().empty()) app.name("flashvideo");
  try {
    app.parse(argc, argv);
    return run();
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    return complain(error.what(), status_usage);
  } catch (const usage_error& error) {
    return complain(error.what(), status_usage);
  } catch (const std::exception& error) {
    return complain(error.what(), status_error);
  }
}

}  // namespace example
