// SPDX-License-Identifier: MIT
#pragma once

#include <fstream>
#include <string>

namespace flashvideo::test {

/// Largest resident size of this process so far, in KiB (VmHWM); -1 where the system does not tell.
inline long peak_memory_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmHWM:", 0) == 0) return std::stol(line.substr(6));
  }
  return -1;
}

/// Makes the peak count from now on.
inline void reset_peak_memory() { std::ofstream("/proc/self/clear_refs") << "5"; }

}  // namespace flashvideo::test
