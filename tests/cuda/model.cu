// SPDX-License-Identifier: MIT
// The whole decoder on the device.
#include "flashvideo/backend/cuda/cuda.cuh"
#include "kernels/model.hpp"
