// SPDX-License-Identifier: MIT
// A closing brace that opens nowhere is a misprint.
// EXPECT: a place in a message is {} alone, a brace is {{ or }}
#include "flashvideo/core/error.hpp"

int main() { flashvideo::require<flashvideo::value_error>(false, "has no video {}}", 204); }
