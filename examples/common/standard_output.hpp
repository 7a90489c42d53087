// SPDX-License-Identifier: MIT
#pragma once

#include <cerrno>
#include <csignal>
#include <cstdio>

#include "flashvideo/io/partial_name.hpp"

namespace example {

/// Files that may not grow further (`ulimit -f`) and pipes whose reader has gone are errors with a sentence,
/// not signals that end the program in the midst of its files.
inline void take_refused_output_as_error() {
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
}

/// Throws io_error unless all that was printed has reached standard output.
inline void check_standard_output() {
  errno = 0;
  const bool flushed = std::fflush(stdout) == 0;
  if (!flushed || std::ferror(stdout) != 0) {
    flashvideo::throw_io_error("write", "standard output", errno != 0 ? errno : EIO);
  }
}

}  // namespace example
