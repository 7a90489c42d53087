// SPDX-License-Identifier: MIT
// Layers on the device.
#include "flashvideo/backend/cuda/cuda.cuh"
#include "kernels/nn.hpp"
