// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/core/config.hpp"

namespace flashvideo {

/// The forms in which a CPU kernel exists: `baseline` is what the compiler takes every machine to have. All
/// forms of a generation kernel return the same bits.
enum class InstructionSet { baseline = 0, avx2 = 1, avx512 = 2 };

/// Widest form that this machine and its operating system run. avx2 includes FMA and F16C; avx512 includes F,
/// BW, DQ, VL.
inline InstructionSet best_instruction_set() {
#if FLASHVIDEO_X86
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    return InstructionSet::avx512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return InstructionSet::avx2;
#endif
  return InstructionSet::baseline;
}

/// Whether this machine multiplies bytes in AVX-512 registers (VNNI); a sub-form of `avx512` with equal bits.
inline bool has_vnni() {
#if FLASHVIDEO_X86
  return best_instruction_set() == InstructionSet::avx512 && __builtin_cpu_supports("avx512vnni");
#else
  return false;
#endif
}

/// Whether this machine multiplies pairs of bfloat16 in AVX-512 registers (VDPBF16PS); a sub-form of `avx512`
/// with equal bits.
inline bool has_bfloat16_products() {
#if FLASHVIDEO_X86
  return best_instruction_set() == InstructionSet::avx512 && __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

/// Tells the core that this is a spin loop.
inline void spin_pause() {
#if FLASHVIDEO_X86
  __builtin_ia32_pause();
#endif
}

}  // namespace flashvideo
