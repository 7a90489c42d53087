// SPDX-License-Identifier: MIT
// Training steps on the device.
#include "flashvideo/backend/cuda/cuda.cuh"
#include "kernels/training.hpp"
