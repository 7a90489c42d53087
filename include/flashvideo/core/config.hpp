// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// The only place that looks at the compiler. Nothing here depends on optimisation or architecture flags, so
/// that translation units compiled with different flags agree (docs/adr/0002-fast-without-flags.md).

#include <cstdint>

#if defined(__CUDACC__) && !defined(FMT_USE_CONSTEXPR)
#define FMT_USE_CONSTEXPR 1  // fmt 9 does not find out by itself that nvcc has constexpr
#endif

/// Marks a function that host and device share.
#if defined(__CUDACC__)
#define FLASHVIDEO_HOST_DEVICE __host__ __device__
#else
#define FLASHVIDEO_HOST_DEVICE
#endif

/// 1 where `target` attributes for x86 exist; which instructions run is decided at run time
/// (core/cpu_features.hpp).
#if defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__)) && !defined(__CUDA_ARCH__)
#define FLASHVIDEO_X86 1
#else
#define FLASHVIDEO_X86 0
#endif

/// Compiles a function for these instructions, "avx2,fma" for instance, whatever the flags of its unit.
#if FLASHVIDEO_X86
#define FLASHVIDEO_TARGET(isa) __attribute__((target(isa)))
#else
#define FLASHVIDEO_TARGET(isa)
#endif

/// Inlines every call in the function's body, so that a shared functor is compiled for the caller's target.
#if defined(__GNUC__)
#define FLASHVIDEO_FLATTEN __attribute__((flatten))
#else
#define FLASHVIDEO_FLATTEN
#endif

/// Inlines the function into its callers, which must have its target.
#if defined(__GNUC__)
#define FLASHVIDEO_ALWAYS_INLINE __attribute__((always_inline)) inline
#else
#define FLASHVIDEO_ALWAYS_INLINE inline
#endif

/// Keeps the function out of its callers, for arithmetic under another floating-point mode (`NormalFloats`).
#if defined(__GNUC__)
#define FLASHVIDEO_NOINLINE __attribute__((noinline))
#else
#define FLASHVIDEO_NOINLINE
#endif

/// Promises that the turns of the loop below do not depend on each other through memory, so that it
/// vectorises. clang vectorises behind a check of its own and warns where a promise does not help.
#if defined(__GNUC__) && !defined(__clang__) && !defined(__CUDACC__)
#define FLASHVIDEO_INDEPENDENT _Pragma("GCC ivdep")
#else
#define FLASHVIDEO_INDEPENDENT
#endif

namespace flashvideo {

/// Signed type of every extent, stride, position and token count.
using index_t = std::int64_t;

/// Token id in the one id space of a vocabulary (sequence/vocabulary.hpp).
using token_t = std::int32_t;

}  // namespace flashvideo
