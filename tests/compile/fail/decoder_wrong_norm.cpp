// SPDX-License-Identifier: MIT
// A policy whose norm cannot be constructed as one.
// EXPECT: constraints not satisfied
// EXPECT: Norm
// ERRORS: 1
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/model/decoder.hpp"

struct Policy : flashvideo::FlashVideoPolicy {
  template <typename Scalar>
  using norm = flashvideo::Linear<Scalar>;
};
void wrong(const flashvideo::Decoder<Policy, flashvideo::Cpu>&);
