// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <type_traits>

#include "flashvideo/backend/cpu/vectors.hpp"
#include "flashvideo/core/clones.hpp"
#include "flashvideo/core/config.hpp"
#include "flashvideo/core/cpu_features.hpp"

namespace flashvideo::cpu_detail {

/// Item k: `count` consecutive elements of source row k, in panels of `Panel` elements. Panel p starts at
/// to + p Panel inner, and (k, j) lies at k Panel + j in it; the last panel is only last_width wide and
/// padded with zeros.
template <int Panel, typename Scalar>
struct PackAlong {
  const Scalar* from;
  index_t stride;
  Scalar* to;
  index_t inner;
  index_t count;
  index_t last_width;  // <= Panel

  void operator()(index_t k) const {
    const Scalar* source = from + k * stride;
    Scalar* target = to + k * Panel;
    index_t left = count;
    for (; left >= Panel; left -= Panel) {
      for (int j = 0; j < Panel; ++j) target[j] = source[j];
      source += Panel;
      target += Panel * inner;
    }
    if (left == 0) return;
    target += k * (last_width - Panel);
    for (index_t j = 0; j < left; ++j) target[j] = source[j];
    for (index_t j = left; j < last_width; ++j) target[j] = Scalar{0};
  }
};

/// Panels of a matrix whose rows run across k; `panel` is one of the widths of gemm_kernels.hpp.
template <typename Scalar>
void pack_along(InstructionSet form, index_t panel, const Scalar* from, index_t stride, index_t inner,
                index_t count, index_t last_width, Scalar* to) {
  const auto run = [&](auto width) {
    loop_with(form, PackAlong<decltype(width)::value, Scalar>{from, stride, to, inner, count, last_width}, 0,
              inner);
  };
  switch (panel) {
    case 4:
      return run(std::integral_constant<int, 4>{});
    case 6:
      return run(std::integral_constant<int, 6>{});
    case 8:
      return run(std::integral_constant<int, 8>{});
    case 12:
      return run(std::integral_constant<int, 12>{});
    case 24:
      return run(std::integral_constant<int, 24>{});
    default:
      return run(std::integral_constant<int, 48>{});
  }
}

/// to[k width + j] = from[j stride + k] for j < count, 0 for count <= j < width; k < inner.
template <typename Scalar>
void pack_across_baseline(const Scalar* from, index_t stride, index_t count, index_t width, index_t begin,
                          index_t inner, Scalar* to) {
  for (index_t k = begin; k < inner; ++k) {
    for (index_t j = 0; j < count; ++j) to[k * width + j] = from[j * stride + k];
    for (index_t j = count; j < width; ++j) to[k * width + j] = Scalar{0};
  }
}

#if FLASHVIDEO_X86
/// The same for float, 8 x 8 elements at a time in registers.
FLASHVIDEO_TARGET("avx2,fma")
inline void pack_across_avx2(const float* from, index_t stride, index_t count, index_t width, index_t inner,
                             float* to) {
  using Vector = VectorOf<float, 32>::type;
  using Loose = VectorOf<float, 32>::loose;
  const index_t whole = inner - inner % 8;
  for (index_t j = 0; j < width; j += 8) {
    const index_t valid = std::min<index_t>(8, count - j);
    for (index_t k = 0; k < whole; k += 8) {
      Vector row[8];
      for (index_t i = 0; i < 8; ++i) {
        row[i] = i < valid ? *reinterpret_cast<const Loose*>(from + (j + i) * stride + k) : Vector{};
      }
      Vector pair[8];
      for (int i = 0; i < 8; i += 2) {
        pair[i] = __builtin_shufflevector(row[i], row[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
        pair[i + 1] = __builtin_shufflevector(row[i], row[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
      }
      Vector quad[8];
      for (int i = 0; i < 8; i += 4) {
        quad[i] = __builtin_shufflevector(pair[i], pair[i + 2], 0, 1, 8, 9, 4, 5, 12, 13);
        quad[i + 1] = __builtin_shufflevector(pair[i], pair[i + 2], 2, 3, 10, 11, 6, 7, 14, 15);
        quad[i + 2] = __builtin_shufflevector(pair[i + 1], pair[i + 3], 0, 1, 8, 9, 4, 5, 12, 13);
        quad[i + 3] = __builtin_shufflevector(pair[i + 1], pair[i + 3], 2, 3, 10, 11, 6, 7, 14, 15);
      }
      for (int i = 0; i < 4; ++i) {
        *reinterpret_cast<Loose*>(to + (k + i) * width + j) =
            __builtin_shufflevector(quad[i], quad[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        *reinterpret_cast<Loose*>(to + (k + i + 4) * width + j) =
            __builtin_shufflevector(quad[i], quad[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
      }
    }
  }
  pack_across_baseline(from, stride, count, width, whole, inner, to);
}
#endif

/// One panel of a matrix whose rows run along k.
template <typename Scalar>
void pack_across(InstructionSet form, const Scalar* from, index_t stride, index_t count, index_t width,
                 index_t inner, Scalar* to) {
#if FLASHVIDEO_X86
  if constexpr (std::is_same_v<Scalar, float>) {
    if (form != InstructionSet::baseline) return pack_across_avx2(from, stride, count, width, inner, to);
  }
#endif
  static_cast<void>(form);
  pack_across_baseline(from, stride, count, width, 0, inner, to);
}

}  // namespace flashvideo::cpu_detail
