// SPDX-License-Identifier: MIT
#include "flashvideo/core/a.hpp"

using Taken = flashvideo::core_detail::Inner;
