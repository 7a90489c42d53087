// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>

#include "flashvideo/core/progress.hpp"
#include "terminal_text.hpp"

namespace example {

/// Shows on stderr how far a program is. On a terminal: one line, redrawn at most ten times a second, cut to the
/// terminal's width; the destructor wipes it, `wipe` and `say` do before anything else is printed. Elsewhere (a log
/// file): plain lines, the first of a stage soon after it began, the next ones at least every `interval`, also while
/// nothing is reported; a stage that is over at once has none. May be called from any thread.
/// @code
///   example::ProgressBar bar;
///   generator.on_progress(bar.hook());
///   bar.show({.label = "clips", .done = i, .total = n});
/// @endcode
class ProgressBar {
 public:
  explicit ProgressBar(std::chrono::milliseconds interval = std::chrono::seconds(30))
      : terminal_(isatty(STDERR_FILENO) != 0), interval_(interval), printed_(Clock::now()) {
    if (terminal_) return;
    try {
      ticker_ = std::jthread([this](const std::stop_token& ending) { tick(ending); });
    } catch (const std::system_error&) {
      // without a thread to spare, lines come only when something is reported
    }
  }
  ~ProgressBar() {
    if (ticker_.joinable()) {
      ticker_.request_stop();
      ticker_.join();
    }
    wipe();
  }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// Draws the state; `detail` stands at the end of the line ("loss 0.62").
  /// @param seconds_left instead of what follows from the rate; negative: that
  void show(const flashvideo::Progress& progress, std::string_view detail = {}, double seconds_left = -1) {
    const std::lock_guard lock(mutex_);
    const Clock::time_point now = Clock::now();
    const bool begins = progress.label != label_;
    if (begins) {
      label_ = progress.label;
      unit_ = progress.unit;
      begin_ = now;
      first_done_ = progress.done;
      lines_ = 0;
    }
    state_ = progress;
    state_.label = label_;
    state_.unit = unit_;
    detail_ = detail;
    seconds_left_ = seconds_left;
    const bool ends = progress.done == progress.total;
    if (terminal_) {
      if (!begins && !ends && now - drawn_ < std::chrono::milliseconds(100)) return;
      drawn_ = now;
      const std::string line = cut_to_columns(line_of(now), terminal_columns(STDERR_FILENO) - 1);
      std::fprintf(stderr, "\r\033[K%s", line.c_str());
      std::fflush(stderr);
      dirty_ = true;
    } else if (is_due(now) || (ends && lines_ > 0)) {
      print_line(now);
    }
  }

  /// Removes the line from the terminal.
  void wipe() {
    const std::lock_guard lock(mutex_);
    if (dirty_) std::fputs("\r\033[K", stderr);
    std::fflush(stderr);
    dirty_ = false;
  }

  /// Prints a line for the user on stderr.
  void say(const std::string& line) {
    wipe();
    std::fprintf(stderr, "%s\n", line.c_str());
  }

  /// The bar as a hook of the library; the bar must outlive it.
  flashvideo::ProgressHook hook() {
    return [this](const flashvideo::Progress& progress) { show(progress); };
  }

 private:
  using Clock = std::chrono::steady_clock;

  /// How long a stage may take without a line, and how often the time is looked at.
  Clock::duration first_wait() const { return interval_ / 15; }

  bool is_due(Clock::time_point now) const {
    return now - printed_ >= interval_ - first_wait() || (lines_ == 0 && now - begin_ >= first_wait());
  }
  void print_line(Clock::time_point now) {
    std::fprintf(stderr, "%s\n", line_of(now).c_str());
    std::fflush(stderr);
    printed_ = now;
    ++lines_;
  }
  void tick(const std::stop_token& ending) {
    std::unique_lock lock(mutex_);
    while (!ending.stop_requested()) {
      wake_.wait_for(lock, ending, first_wait(), [] { return false; });
      const Clock::time_point now = Clock::now();
      const bool ended =
          lines_ > 0 && state_.total > 0 && state_.done == state_.total;  // its last line is there
      if (!ending.stop_requested() && !label_.empty() && !ended && is_due(now)) print_line(now);
    }
  }

  /// "key frames [#########---------] 52 % 120/230 tokens 812/s 0:07 left  loss 0.62"; the bar on terminals alone.
  std::string line_of(Clock::time_point now) const {
    const double seconds = std::chrono::duration<double>(now - begin_).count();
    flashvideo::Progress with_rate = state_;
    if (with_rate.units_per_second <= 0.0 && seconds > 0.2) {
      with_rate.units_per_second = static_cast<double>(state_.done - first_done_) / seconds;
    }
    std::string line = label_;
    if (state_.total > 0) {
      const auto filled = static_cast<std::size_t>(24.0 * std::clamp(state_.fraction(), 0.0, 1.0));
      if (terminal_) line += fmt::format(" [{}{}]", std::string(filled, '#'), std::string(24 - filled, '-'));
      line += fmt::format(" {:3.0f} %", 100.0 * state_.fraction());
      line += fmt::format(" {}/{}", state_.done, state_.total);
    } else {
      line += fmt::format(" {}", state_.done);
    }
    if (!unit_.empty()) line += fmt::format(" {}", unit_);
    if (with_rate.units_per_second > 0.0) line += fmt::format(" {:.3g}/s", with_rate.units_per_second);
    const double left = seconds_left_ >= 0 ? seconds_left_ : with_rate.seconds_left();
    if (left >= 0.0) {
      const auto whole = static_cast<long>(left + 0.5);
      line += whole >= 3600 ? fmt::format(" {}:{:02}:{:02} left", whole / 3600, whole / 60 % 60, whole % 60)
                            : fmt::format(" {}:{:02} left", whole / 60, whole % 60);
    }
    if (!detail_.empty()) line += fmt::format("  {}", detail_);
    return line;
  }

  bool terminal_;
  bool dirty_ = false;
  Clock::duration interval_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  flashvideo::Progress state_;  // its texts are the members below
  std::string label_;
  std::string unit_;
  std::string detail_;
  double seconds_left_ = -1;
  flashvideo::index_t first_done_ = 0;
  flashvideo::index_t lines_ = 0;  // of this stage
  Clock::time_point begin_;
  Clock::time_point drawn_{};
  Clock::time_point printed_;
  std::jthread ticker_;
};

}  // namespace example
