// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// The device umbrella: the host umbrella and, for files that nvcc compiles, the backends on Thrust and CUDA.
/// Link flashvideo::cuda.

#include "flashvideo/backend/cuda/cuda.cuh"
#include "flashvideo/flashvideo.hpp"
