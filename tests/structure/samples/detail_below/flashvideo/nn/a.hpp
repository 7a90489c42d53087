// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/core/a.hpp"

namespace flashvideo {
using Taken = core_detail::Inner;
}  // namespace flashvideo
