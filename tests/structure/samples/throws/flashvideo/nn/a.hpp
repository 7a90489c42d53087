// SPDX-License-Identifier: MIT
#pragma once
/// Throws value_error for a size below 1.
void f(int size);
