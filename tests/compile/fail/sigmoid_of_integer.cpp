// SPDX-License-Identifier: MIT
// EXPECT: constraints not satisfied
#include "flashvideo/core/math.hpp"

int main() { return flashvideo::math::sigmoid(3) > 0; }
