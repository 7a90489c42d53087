// SPDX-License-Identifier: MIT
// A place of a message takes no format: one with it would stand in the message as it is.
// EXPECT: a place in a message is {} alone, a brace is {{ or }}
#include "flashvideo/core/error.hpp"

int main() { flashvideo::require<flashvideo::value_error>(false, "has no video {:04}", 204); }
