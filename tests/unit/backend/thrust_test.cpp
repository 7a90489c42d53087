// SPDX-License-Identifier: MIT
#include "flashvideo/backend/thrust/thrust.hpp"

#include "kernels/backend.hpp"
#include "support/backends.hpp"
