// SPDX-License-Identifier: MIT
// A policy whose mixer is no sequence mixer.
// EXPECT: constraints not satisfied
// EXPECT: SequenceMixer
// ERRORS: 1
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/model/decoder.hpp"

struct Policy : flashvideo::FlashVideoPolicy {
  template <typename Scalar>
  using mixer = flashvideo::Linear<Scalar>;
};
void wrong(const flashvideo::Decoder<Policy, flashvideo::Cpu>&);
