// SPDX-License-Identifier: MIT
#pragma once

#include <fstream>
#include <string>

namespace flashvideo::test {

/// The field of /proc/self/status, in KiB; -1 where the system does not tell.
inline long memory_status_kib(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(field + ':', 0) == 0) return std::stol(line.substr(field.size() + 1));
  }
  return -1;
}
/// Largest resident size of this process so far, in KiB.
inline long peak_memory_kib() { return memory_status_kib("VmHWM"); }
/// Resident size of this process now, in KiB.
inline long resident_kib() { return memory_status_kib("VmRSS"); }

/// Makes the peak count from now on.
inline void reset_peak_memory() { std::ofstream("/proc/self/clear_refs") << "5"; }

}  // namespace flashvideo::test
