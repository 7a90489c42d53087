// SPDX-License-Identifier: MIT
// Chunks of no positions.
// EXPECT: flashvideo::Chunkwise: C must be at least 1.
// ERRORS: 1
#include "flashvideo/nn/retention/retention.hpp"

constexpr flashvideo::Chunkwise<0> wrong;
