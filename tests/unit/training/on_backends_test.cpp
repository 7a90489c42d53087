// SPDX-License-Identifier: MIT
#include "kernels/training.hpp"
#include "support/backends.hpp"
