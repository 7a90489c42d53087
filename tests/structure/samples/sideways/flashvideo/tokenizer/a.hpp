// SPDX-License-Identifier: MIT
#pragma once
#include "flashvideo/model/b.hpp"
