// SPDX-License-Identifier: MIT
#pragma once
#include "flashvideo/backend/thrust/a.hpp"
