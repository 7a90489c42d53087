// SPDX-License-Identifier: MIT
// Something that is no backend.
// EXPECT: constraints not satisfied
// EXPECT: ComputeBackend
// ERRORS: 1
#include "flashvideo/model/decoder.hpp"

struct Nowhere {};
void wrong(const flashvideo::Decoder<flashvideo::FlashVideoPolicy, Nowhere>&);
