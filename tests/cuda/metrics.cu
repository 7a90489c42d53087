// SPDX-License-Identifier: MIT
// The networks of metrics on the device.
#include "flashvideo/backend/cuda/cuda.cuh"
#include "flashvideo/metrics/i3d.hpp"
#include "kernels/metrics.hpp"

template class flashvideo::I3d<flashvideo::Cuda>;  // its layers run in nn.cu
