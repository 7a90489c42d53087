// SPDX-License-Identifier: MIT
#pragma once

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <stop_token>
#include <string>
#include <system_error>
#include <thread>

#include "flashvideo/core/error.hpp"

namespace example {

/// Turns Ctrl-C (SIGINT), SIGTERM and SIGHUP (the terminal is closed) into a stop request while it lives; the
/// second one ends the program at once. A SIGHUP that is ignored, as under nohup, stays so. Create it before any other thread (`run_main` does), so that every thread inherits the blocked
/// signals and only its own thread receives them. Throws io_error where the system starts no thread.
/// @code
///   example::Interrupt interrupt;
///   generator.generate(request, interrupt.token());
///   if (interrupt.requested()) return example::status_interrupted;
/// @endcode
class Interrupt {
 public:
  Interrupt() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    struct sigaction hang_up {};
    if (sigaction(SIGHUP, nullptr, &hang_up) != 0 || hang_up.sa_handler != SIG_IGN) {
      sigaddset(&signals_, SIGHUP);
    }
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
    try {
      watcher_ = std::jthread([this](std::stop_token ending) { watch(ending); });
    } catch (const std::system_error& refused) {
      pthread_sigmask(SIG_SETMASK, &before_, nullptr);
      throw flashvideo::io_error(std::string("cannot start the thread that waits for signals: ") +
                                 refused.code().message());
    }
  }
  ~Interrupt() {
    watcher_.request_stop();
    watcher_.join();
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  std::stop_token token() const { return source_.get_token(); }
  std::stop_source source() const { return source_; }
  bool requested() const { return source_.stop_requested(); }

 private:
  void watch(const std::stop_token& ending) {
    const timespec tenth{0, 50'000'000};
    while (!ending.stop_requested()) {
      const int signal = sigtimedwait(&signals_, nullptr, &tenth);
      if (signal < 0) continue;  // nothing within the time
      if (source_.stop_requested()) {
        ::signal(signal, SIG_DFL);
        pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
        raise(signal);
      }
      source_.request_stop();
    }
  }

  sigset_t signals_{};
  sigset_t before_{};
  std::stop_source source_;
  std::jthread watcher_;
};

}  // namespace example
