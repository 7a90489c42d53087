// SPDX-License-Identifier: MIT
// A clip from a sentence on the device.
#include "flashvideo/backend/cuda/cuda.cuh"
#include "kernels/generation.hpp"
