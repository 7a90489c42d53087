// SPDX-License-Identifier: MIT
#pragma once
#include "flashvideo/nn/a.hpp"
