// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// The host umbrella: everything that a program needs to load a model and get frames, room by room, floor by
/// floor. Thrust, CUDA, FFmpeg and SentencePiece have their own headers and components.

// 0 core
#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/core/math.hpp"
#include "flashvideo/core/random.hpp"
#include "flashvideo/core/version.hpp"
