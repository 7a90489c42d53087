// SPDX-License-Identifier: MIT
#pragma once
#include "flashvideo/core/a.hpp"
