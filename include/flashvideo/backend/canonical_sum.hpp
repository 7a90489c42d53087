// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/math.hpp"

namespace flashvideo {

/// Number of interleaved partial sums of the canonical order.
inline constexpr int canonical_lanes = 16;

/// Adds the 16 partial sums by the fixed tree 8-4-2-1: lane l takes lane l + 8, then l + 4, l + 2, l + 1.
template <typename Scalar>
FLASHVIDEO_HOST_DEVICE inline Scalar canonical_tree(Scalar (&partial)[canonical_lanes]) {
  for (int half = canonical_lanes / 2; half >= 1; half /= 2) {
    for (int lane = 0; lane < half; ++lane) partial[lane] = partial[lane] + partial[lane + half];
  }
  return partial[0];
}

/// sum_k a(k) b(k) in the canonical order: element k goes by fma into partial sum k mod 16, in ascending k;
/// then the fixed tree. Plain C++, AVX2 (two registers) and AVX-512 (one) give the same bits, because lanes
/// never mix before the tree. Every sum of floats of generation is made this way.
template <typename Scalar, typename A, typename B>
requires(!std::is_pointer_v<A>) FLASHVIDEO_HOST_DEVICE inline Scalar canonical_dot(index_t count, A a, B b) {
  Scalar partial[canonical_lanes] = {};
  const index_t whole = count - count % canonical_lanes;
  for (index_t k = 0; k < whole; k += canonical_lanes) {
    for (int lane = 0; lane < canonical_lanes; ++lane) {
      partial[lane] =
          math::fma(static_cast<Scalar>(a(k + lane)), static_cast<Scalar>(b(k + lane)), partial[lane]);
    }
  }
  for (index_t k = whole; k < count; ++k) {
    partial[k - whole] = math::fma(static_cast<Scalar>(a(k)), static_cast<Scalar>(b(k)), partial[k - whole]);
  }
  return canonical_tree(partial);
}

/// The numbers of one block of a canonical sum of pairs: one pair for each of the 16 lanes.
inline constexpr int bfloat16_block = 2 * canonical_lanes;

/// sum_k a(k) b(k) of bfloat16 numbers, none subnormal, in the canonical order of pairs, which VDPBF16PS has:
/// pair p, elements 2p and 2p + 1, goes by fma into partial sum p mod 16, its second element first, in
/// ascending p; then the fixed tree. Every subnormal result on the way becomes zero. What is missing in the
/// last block of 32 joins as zeros.
template <typename A, typename B>
FLASHVIDEO_HOST_DEVICE inline float canonical_bfloat16_dot(index_t count, A a, B b) {
  float partial[canonical_lanes] = {};
  for (index_t k = 0; k < count; k += bfloat16_block) {
    for (int lane = 0; lane < canonical_lanes; ++lane) {
      for (int second = 1; second >= 0; --second) {
        const index_t at = k + 2 * lane + second;
        const bool there = at < count;
        partial[lane] = math::normal_fma(there ? a(at) : 0.0F, there ? b(at) : 0.0F, partial[lane]);
      }
    }
  }
  for (int half = canonical_lanes / 2; half >= 1; half /= 2) {
    for (int lane = 0; lane < half; ++lane)
      partial[lane] = math::normal(partial[lane] + partial[lane + half]);
  }
  return partial[0];
}

/// The elements of a row, as a term of `canonical_dot`. A struct: nvcc takes a lambda within a host-device
/// function for a host one.
template <typename T>
struct RowElements {
  const T* row;  ///< (K)
  /// Element k.
  FLASHVIDEO_HOST_DEVICE T operator()(index_t k) const { return row[k]; }
};

/// sum_k a[k] b[k] in the canonical order.
template <typename Scalar, typename A, typename B>
FLASHVIDEO_HOST_DEVICE inline Scalar canonical_dot(index_t count, const A* a, const B* b) {
  return canonical_dot<Scalar>(count, RowElements<A>{a}, RowElements<B>{b});
}

/// One output row of `rows` in the plain form: y[m] = sum_k x[k] w[m][k]. The oracle of every faster form.
template <typename Scalar, typename Weight>
struct RowsElement {
  const Scalar* x;   ///< (R, K), row stride x_stride
  index_t x_stride;  ///< elements from row to row
  const Weight* w;   ///< (M, K), row stride w_stride
  index_t w_stride;  ///< elements from row to row
  Scalar* y;         ///< (R, M), row stride y_stride
  index_t y_stride;  ///< elements from row to row
  index_t outputs;   ///< M
  index_t inner;     ///< K

  /// Element i = r M + m.
  FLASHVIDEO_HOST_DEVICE void operator()(index_t i) const {
    const index_t r = i / outputs;
    const index_t m = i % outputs;
    const Scalar* row = x + r * x_stride;
    const Weight* weights = w + m * w_stride;
    y[r * y_stride + m] = canonical_dot<Scalar>(inner, row, weights);
  }
};

}  // namespace flashvideo
