// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/backend/canonical_sum.hpp"
#include "flashvideo/core/config.hpp"
#include "flashvideo/core/math.hpp"

namespace flashvideo {

namespace training_detail {

/// Sum of the squares of elements [16 b, 16 b + 16).
template <typename Scalar>
struct BlockSquareSum {
  const Scalar* data;

  FLASHVIDEO_HOST_DEVICE double operator()(index_t b) const {
    const Scalar* block = data + canonical_lanes * b;
    Scalar squares[canonical_lanes];
    for (int i = 0; i < canonical_lanes; ++i) squares[i] = block[i] * block[i];
    return static_cast<double>(canonical_tree(squares));
  }
};

}  // namespace training_detail

/// The Euclidean length of a whole flat array, the same for any number of threads.
/// @param data `size` elements in the backend's memory, size a multiple of 16
template <ComputeBackend Backend, typename Scalar>
double global_norm(const Backend& backend, const Scalar* data, index_t size) {
  return math::sqrt(backend.sum(size / canonical_lanes, training_detail::BlockSquareSum<Scalar>{data}));
}

/// What gradients of length `norm` are multiplied by so that their length is at most `longest` (Pascanu et
/// al., "On the difficulty of training recurrent neural networks", ICML 2013): min(1, longest / norm).
/// @param longest 0: no clipping
/// @code double scale = clipping_scale(global_norm(backend, gradients, size), 1.0); @endcode
inline double clipping_scale(double norm, double longest) {
  return longest > 0 && norm > longest ? longest / norm : 1.0;
}

}  // namespace flashvideo
