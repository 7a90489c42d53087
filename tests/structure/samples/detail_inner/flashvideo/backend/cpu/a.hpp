// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/backend/a.hpp"

namespace flashvideo::cpu_detail {
using Taken = backend_detail::Inner;
}  // namespace flashvideo::cpu_detail
