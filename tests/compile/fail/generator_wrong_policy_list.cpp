// SPDX-License-Identifier: MIT
// A list with something that is no policy.
// EXPECT: constraints not satisfied
// EXPECT: DecoderPolicy
// ERRORS: 1
#include "flashvideo/generation/video_generator.hpp"

struct Empty {};
void wrong(const flashvideo::PolicyList<flashvideo::FlashVideoPolicy, Empty>&);
