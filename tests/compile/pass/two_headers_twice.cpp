// SPDX-License-Identifier: MIT
// The umbrella may be included twice, before and after its parts.
#include "flashvideo/core/math.hpp"
#include "flashvideo/flashvideo.hpp"

static_assert(FLASHVIDEO_VERSION_MAJOR >= 0);

int main() {}
