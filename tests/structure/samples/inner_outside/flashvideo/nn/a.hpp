// SPDX-License-Identifier: MIT
#pragma once
#include "flashvideo/backend/cpu/b.hpp"
