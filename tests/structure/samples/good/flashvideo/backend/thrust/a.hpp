// SPDX-License-Identifier: MIT
#pragma once
#include "flashvideo/backend/top.hpp"
