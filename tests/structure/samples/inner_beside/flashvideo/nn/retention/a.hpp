// SPDX-License-Identifier: MIT
#pragma once
#include "flashvideo/nn/attention/b.hpp"
