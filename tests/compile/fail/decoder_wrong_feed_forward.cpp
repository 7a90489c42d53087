// SPDX-License-Identifier: MIT
// A policy whose feed-forward layer is none.
// EXPECT: constraints not satisfied
// EXPECT: FeedForward
// ERRORS: 1
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/model/decoder.hpp"

struct Policy : flashvideo::FlashVideoPolicy {
  template <typename Scalar>
  using feed_forward = flashvideo::RMSNorm<Scalar>;
};
void wrong(const flashvideo::Decoder<Policy, flashvideo::Cpu>&);
