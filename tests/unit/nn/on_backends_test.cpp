// SPDX-License-Identifier: MIT
#include "kernels/nn.hpp"
#include "support/backends.hpp"
