// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <string>
#include <string_view>

#include "flashvideo/core/progress.hpp"

namespace example {

/// A progress bar on stderr, one line redrawn at most ten times a second; silent when stderr is no terminal.
/// The line is wiped by the destructor, so results on stdout follow cleanly. May be called from any thread.
/// @code
///   example::ProgressBar bar;
///   generator.on_progress(bar.hook());
///   bar.show({.label = "clips", .done = i, .total = n});
/// @endcode
class ProgressBar {
 public:
  ProgressBar() : visible_(isatty(STDERR_FILENO) != 0), begin_(Clock::now()) {}
  ~ProgressBar() { wipe(); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// Draws the state; `detail` stands at the end of the line ("loss 0.62").
  void show(const flashvideo::Progress& progress, std::string_view detail = {}) {
    if (!visible_) return;
    const std::lock_guard lock(mutex_);
    const Clock::time_point now = Clock::now();
    if (progress.label != label_) {
      label_ = progress.label;
      begin_ = now;
    } else if (now - drawn_ < std::chrono::milliseconds(100) && progress.done != progress.total) {
      return;
    }
    drawn_ = now;
    const std::string line = line_of(progress, detail, now);
    std::fprintf(stderr, "\r\033[K%s", line.c_str());
    std::fflush(stderr);
    dirty_ = true;
  }

  /// Removes the line from the terminal.
  void wipe() {
    const std::lock_guard lock(mutex_);
    if (dirty_) std::fputs("\r\033[K", stderr);
    std::fflush(stderr);
    dirty_ = false;
  }

  /// The bar as a hook of the library; the bar must outlive it.
  flashvideo::ProgressHook hook() {
    return [this](const flashvideo::Progress& progress) { show(progress); };
  }

 private:
  using Clock = std::chrono::steady_clock;

  /// "key frames [#########---------] 52 % 120/230 tokens 812/s 0:07 left  loss 0.62"
  std::string line_of(const flashvideo::Progress& progress, std::string_view detail,
                      Clock::time_point now) const {
    const double seconds = std::chrono::duration<double>(now - begin_).count();
    flashvideo::Progress with_rate = progress;
    if (with_rate.units_per_second <= 0.0 && seconds > 0.2) {
      with_rate.units_per_second = static_cast<double>(progress.done) / seconds;
    }
    std::string line(progress.label);
    if (progress.total > 0) {
      const auto filled = static_cast<std::size_t>(24.0 * std::clamp(progress.fraction(), 0.0, 1.0));
      line += fmt::format(" [{}{}] {:3.0f} %", std::string(filled, '#'), std::string(24 - filled, '-'),
                          100.0 * progress.fraction());
      line += fmt::format(" {}/{}", progress.done, progress.total);
    } else {
      line += fmt::format(" {}", progress.done);
    }
    if (!progress.unit.empty()) line += fmt::format(" {}", progress.unit);
    if (with_rate.units_per_second > 0.0) line += fmt::format(" {:.3g}/s", with_rate.units_per_second);
    const double left = with_rate.seconds_left();
    if (left >= 0.0) {
      const auto whole = static_cast<long>(left + 0.5);
      line += whole >= 3600 ? fmt::format(" {}:{:02}:{:02} left", whole / 3600, whole / 60 % 60, whole % 60)
                            : fmt::format(" {}:{:02} left", whole / 60, whole % 60);
    }
    if (!detail.empty()) line += fmt::format("  {}", detail);
    return line;
  }

  bool visible_;
  bool dirty_ = false;
  std::mutex mutex_;
  std::string label_;
  Clock::time_point begin_;
  Clock::time_point drawn_{};
};

}  // namespace example
