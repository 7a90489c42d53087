// SPDX-License-Identifier: MIT
// A message with more places than arguments is found by the compiler, not by the user who meets the error.
// EXPECT: the message needs one place {} for each argument
#include "flashvideo/core/error.hpp"

int main() { flashvideo::require<flashvideo::value_error>(false, "Sampler: top_k is {}, expected >= {}", 0); }
