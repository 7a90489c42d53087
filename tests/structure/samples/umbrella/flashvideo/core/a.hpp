// SPDX-License-Identifier: MIT
#pragma once
#include "flashvideo/flashvideo.hpp"
