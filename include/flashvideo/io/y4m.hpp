// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// YUV4MPEG2 both ways. The umbrella has the sink alone: writing a video is what every program does.

#include "flashvideo/io/y4m_sink.hpp"
#include "flashvideo/io/y4m_source.hpp"
