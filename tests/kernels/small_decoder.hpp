// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/model/decoder_configuration.hpp"

namespace kernels {

using namespace flashvideo;

/// Odd sizes, several heads, a head over a part of the vocabulary.
inline DecoderConfiguration small_decoder() {
  DecoderConfiguration sizes;
  sizes.vocabulary = 29;
  sizes.first_output = 3;
  sizes.outputs = 20;
  sizes.d_model = 12;
  sizes.d_value = 15;
  sizes.d_feed_forward = 17;
  sizes.num_layers = 2;
  sizes.num_heads = 3;
  sizes.longest_sequence = 64;
  sizes.scale_embedding = true;
  return sizes;
}

}  // namespace kernels
