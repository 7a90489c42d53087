// SPDX-License-Identifier: MIT
// A policy that lacks a part.
// EXPECT: constraints not satisfied
// EXPECT: Policy::mixer
// ERRORS: 1
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/model/decoder.hpp"

struct Policy {
  static constexpr const char* name = "incomplete";
  template <typename Scalar>
  using norm = flashvideo::RMSNorm<Scalar>;
  template <typename Scalar>
  using feed_forward = flashvideo::SwiGLU<Scalar>;
};
void wrong(const flashvideo::Decoder<Policy, flashvideo::Cpu>&);
