// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// The only place that looks at the compiler. Nothing here depends on optimisation or architecture flags, so
/// that translation units compiled with different flags agree (docs/adr/0002-fast-without-flags.md).

#include <cstdint>

#if defined(__CUDACC__) && !defined(FMT_USE_CONSTEXPR)
#define FMT_USE_CONSTEXPR 1  // fmt 9 does not find out by itself that nvcc has constexpr
#endif

#if defined(__CUDACC__)
/// Marks a function that host and device share.
#define FLASHVIDEO_HOST_DEVICE __host__ __device__
#else
#define FLASHVIDEO_HOST_DEVICE
#endif

#if defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__)) && !defined(__CUDA_ARCH__)
/// 1 where `target` attributes for x86 exist; which instructions run is decided at run time
/// (core/cpu_features.hpp).
#define FLASHVIDEO_X86 1
#define FLASHVIDEO_TARGET(isa) __attribute__((target(isa)))
#else
#define FLASHVIDEO_X86 0
#define FLASHVIDEO_TARGET(isa)
#endif

#if defined(__GNUC__)
/// Inlines every call in the function's body, so that a shared functor is compiled for the caller's target.
#define FLASHVIDEO_FLATTEN __attribute__((flatten))
#else
#define FLASHVIDEO_FLATTEN
#endif

#if defined(__GNUC__)
/// Inlines the function into its callers, which must have its target.
#define FLASHVIDEO_ALWAYS_INLINE __attribute__((always_inline)) inline
#define FLASHVIDEO_NOINLINE __attribute__((noinline))
#else
#define FLASHVIDEO_ALWAYS_INLINE inline
#define FLASHVIDEO_NOINLINE
#endif

#if defined(__GNUC__) && !defined(__clang__) && !defined(__CUDACC__)
/// Promises that the turns of the loop below do not depend on each other through memory, so that it
/// vectorises. clang vectorises behind a check of its own and warns where a promise does not help.
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
