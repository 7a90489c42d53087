// SPDX-License-Identifier: MIT
// The verbs of ComputeBackend on the device: cuBLAS, the rows kernel's bits, memory, sums.
#include "flashvideo/backend/cuda/cuda.cuh"
#include "kernels/backend.hpp"
