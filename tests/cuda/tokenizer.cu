// SPDX-License-Identifier: MIT
// The image tokenizer on the device.
#include "flashvideo/backend/cuda/cuda.cuh"
#include "kernels/tokenizer.hpp"
