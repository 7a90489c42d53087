// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/backend/cuda/cuda_runtime.cuh"
#include "flashvideo/backend/thrust/thrust.hpp"

namespace flashvideo {

/// A CUDA device as a backend: Thrust's loops on one stream, cuBLAS for `gemm`, a hand-written kernel for
/// `rows` (component Cuda; for files that nvcc compiles).
/// @code Cuda cuda; auto x = cuda.allocate<float>(n); cuda.fill(x.data(), n, 1.0F); @endcode
using Cuda = Thrust<thrust::cuda::tag>;

static_assert(ComputeBackend<Cuda>);

}  // namespace flashvideo
