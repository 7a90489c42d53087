// SPDX-License-Identifier: MIT
#include "kernels/model.hpp"
#include "support/backends.hpp"
