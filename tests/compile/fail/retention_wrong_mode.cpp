// SPDX-License-Identifier: MIT
// Retention by something that is no chunk schedule.
// EXPECT: constraints not satisfied
// EXPECT: RetentionMode
// ERRORS: 1
#include "flashvideo/nn/retention/retention.hpp"

struct Sideways {};
void wrong(const flashvideo::Retention<Sideways>&);
