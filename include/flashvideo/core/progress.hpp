// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string_view>

#include "flashvideo/core/config.hpp"

namespace flashvideo {

/// How far a long operation is; handed to a hook, drawn by whoever has a terminal (never by the library).
/// The views live for the duration of the hook's call.
struct Progress {
  std::string_view label;         ///< what is being done: "key frames"
  index_t done = 0;               ///< units finished, 0 .. total
  index_t total = 0;              ///< units in all; 0 when unknown
  std::string_view unit = {};     ///< what is counted: "tokens"
  double units_per_second = 0.0;  ///< recent rate; 0 when unknown

  /// Share finished in [0, 1]; 0 when the total is unknown.
  double fraction() const { return total > 0 ? static_cast<double>(done) / static_cast<double>(total) : 0.0; }

  /// Seconds left at the recent rate; negative when unknown.
  double seconds_left() const {
    return total > 0 && units_per_second > 0.0 ? static_cast<double>(total - done) / units_per_second : -1.0;
  }
};

/// Called from the thread that does the work, now and then and once at the end. An exception leaves through
/// the operation, which stays usable. An empty hook is allowed.
/// @code
/// ProgressHook hook = [](const Progress& p) { bar.draw(p.label, p.fraction()); };
/// @endcode
using ProgressHook = std::function<void(const Progress&)>;

/// Calls `hook` unless it is empty.
inline void report(const ProgressHook& hook, const Progress& progress) {
  if (hook) hook(progress);
}

}  // namespace flashvideo
