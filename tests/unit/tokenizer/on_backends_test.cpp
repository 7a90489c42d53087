// SPDX-License-Identifier: MIT
#include "kernels/tokenizer.hpp"
#include "support/backends.hpp"
