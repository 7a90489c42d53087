// SPDX-License-Identifier: MIT
#include "kernels/metrics.hpp"
#include "support/backends.hpp"
