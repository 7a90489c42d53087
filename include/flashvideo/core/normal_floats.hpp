// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/core/config.hpp"

namespace flashvideo {

/// While it lives, this thread's SIMD instructions take and give zeros instead of subnormal numbers, as
/// VDPBF16PS always does (x86-64 alone; elsewhere nothing changes). What they compute must stand in functions
/// that are not inlined beside it: compilers move arithmetic across a change of MXCSR
/// (`FLASHVIDEO_NOINLINE`).
class NormalFloats {
 public:
  NormalFloats(const NormalFloats&) = delete;
  NormalFloats& operator=(const NormalFloats&) = delete;
#if defined(__x86_64__)
  NormalFloats() : before_(__builtin_ia32_stmxcsr()) { __builtin_ia32_ldmxcsr(before_ | zeros); }
  ~NormalFloats() { __builtin_ia32_ldmxcsr(before_); }

 private:
  static constexpr unsigned zeros = 0x8040;  // flush to zero, denormals are zeros
  unsigned before_;
#else
  NormalFloats() {}
  ~NormalFloats() {}
#endif
};

}  // namespace flashvideo
