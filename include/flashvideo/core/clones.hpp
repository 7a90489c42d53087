// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/cpu_features.hpp"

namespace flashvideo::core_detail {

// One loop, compiled for three instruction sets. `flatten` inlines the functor, so its inner loops vectorise
// for the target; functors write every multiply-add as an explicit fma, so the three give the same bits.

template <typename F>
FLASHVIDEO_FLATTEN void loop_baseline(const F& f, index_t begin, index_t end) {
  for (index_t i = begin; i < end; ++i) f(i);
}

template <typename F>
FLASHVIDEO_TARGET("avx2,fma,f16c")
FLASHVIDEO_FLATTEN void loop_avx2(const F& f, index_t begin, index_t end) {
  for (index_t i = begin; i < end; ++i) f(i);
}

template <typename F>
FLASHVIDEO_TARGET("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c")
FLASHVIDEO_FLATTEN void loop_avx512(const F& f, index_t begin, index_t end) {
  for (index_t i = begin; i < end; ++i) f(i);
}

}  // namespace flashvideo::core_detail

namespace flashvideo {

/// f(i) for i in [begin, end), in ascending order, in the given form.
template <typename F>
void loop_with(InstructionSet form, const F& f, index_t begin, index_t end) {
  switch (form) {
    case InstructionSet::avx512:
      return core_detail::loop_avx512(f, begin, end);
    case InstructionSet::avx2:
      return core_detail::loop_avx2(f, begin, end);
    case InstructionSet::baseline:
      break;
  }
  core_detail::loop_baseline(f, begin, end);
}

}  // namespace flashvideo
