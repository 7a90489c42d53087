// SPDX-License-Identifier: MIT
#pragma once
/// The model that is compared with a llama of d 768, ffn 2048, 12 layers, vocabulary 8192: exactly as many
/// weights, 97.5 M.

#include "flashvideo/model/decoder_configuration.hpp"

namespace flashvideo::benchmarks {

inline DecoderConfiguration sizes_of(index_t d_model, index_t d_value, index_t layers, index_t heads,
                                     index_t vocabulary) {
  DecoderConfiguration sizes;
  sizes.d_model = d_model;
  sizes.d_value = sizes.d_feed_forward = d_value;
  sizes.num_layers = layers;
  sizes.num_heads = heads;
  sizes.vocabulary = vocabulary;
  sizes.longest_sequence = 65536;
  return sizes;
}

inline DecoderConfiguration matched_sizes() { return sizes_of(768, 1280, 12, 4, 8192); }

}  // namespace flashvideo::benchmarks
