// SPDX-License-Identifier: MIT
#pragma once
#include "flashvideo/nn/b.hpp"
#include "flashvideo/backend/top.hpp"
