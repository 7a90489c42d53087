// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/core/error.hpp"

namespace flashvideo {

/// The device refused or failed: no device, no memory, a kernel that could not run. The message names the
/// call and what CUDA or cuBLAS says. Host code that catches it needs no CUDA header.
class cuda_error : public error {
 public:
  using error::error;
};

}  // namespace flashvideo
