// SPDX-License-Identifier: MIT
#pragma once

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <exception>
#include <string>

namespace flashvideo::test {

/// Runs `body` in a child process for which the system starts no more than a few threads.
/// @return what it threw, its message; "nothing was thrown", or "it died"
template <typename Body>
std::string thrown_with_few_threads(Body body) {
  int ends[2];
  if (::pipe(ends) != 0) return "no pipe";
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit few{4, 4};
    std::string said = "nothing was thrown";
    // the limit counts the processes of a user, and does not hold for root
    if (::setrlimit(RLIMIT_NPROC, &few) != 0 || (::geteuid() == 0 && ::setuid(64321) != 0)) {
      said = "no limit";
    } else {
      try {
        body();
      } catch (const std::exception& caught) {
        said = caught.what();
      }
    }
    const auto written = ::write(ends[1], said.data(), said.size());
    ::_exit(written == static_cast<ssize_t>(said.size()) ? 0 : 1);
  }
  ::close(ends[1]);
  std::string said;
  char buffer[512];
  for (ssize_t count = 1; count > 0;) {
    count = ::read(ends[0], buffer, sizeof(buffer));
    if (count > 0) said.append(buffer, static_cast<std::size_t>(count));
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return status == 0 ? said : "it died";
}

}  // namespace flashvideo::test
