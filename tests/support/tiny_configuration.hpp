// SPDX-License-Identifier: MIT
#pragma once
/// Sizes of a whole text-to-video model that generates a clip in milliseconds.

#include <string>

#include "flashvideo/generation/bundle_configuration.hpp"

namespace flashvideo::test {

inline BundleConfiguration<> tiny_configuration(const std::string& policy) {
  BundleConfiguration<> c;
  c.text_tokenizer.words = {"a", "blue", "circle", "moves", "red", "star"};
  c.image_tokenizer.image_height = 32;
  c.image_tokenizer.image_width = 32;
  c.image_tokenizer.num_codes = 5;  // few, so that neighbouring frames share tokens
  c.image_tokenizer.code_width = 4;
  c.image_tokenizer.encoder_channels = {4, 6, 8};
  c.image_tokenizer.encoder_blocks = 1;
  c.image_tokenizer.encoder_hidden = 8;
  c.image_tokenizer.decoder = {{.channels = 8, .blocks = 1, .hidden = 8, .upsample = 8, .overlaps = false}};
  c.num_text_tokens = 256 + static_cast<index_t>(c.text_tokenizer.words.size());
  c.num_serials = 5;
  c.key_spacing = 4;
  c.carried = 2;
  c.gaps = {{3, 1}, {1, 1}, {1, 2}};
  c.key_frame_policy = c.interpolation_policy = policy;
  DecoderConfiguration& d = c.key_frame_model;
  d.vocabulary = c.vocabulary().size();
  d.outputs = c.image_tokenizer.num_codes;
  d.d_model = 24;
  d.d_value = 40;
  d.d_feed_forward = 20;
  d.num_layers = 2;
  d.num_heads = 2;
  d.longest_sequence = 128;
  c.interpolation_model = d;
  return c;
}

/// Numbers of the tiny model for other tokenizers.
template <typename Parts>
BundleConfigurationOf<Parts> tiny_configuration_of(index_t text_ids) {
  BundleConfigurationOf<Parts> c;
  static_cast<ModelConfiguration&>(c) = tiny_configuration(FlashVideoPolicy::name);
  if constexpr (requires { c.image_tokenizer.encoder_channels; }) {
    c.image_tokenizer = tiny_configuration(FlashVideoPolicy::name).image_tokenizer;
  }
  c.num_text_tokens = text_ids;
  c.text_length = 4;
  c.key_frame_model.vocabulary = c.vocabulary().size();
  c.key_frame_model.outputs = c.image_tokenizer.num_codes;
  c.interpolation_model = c.key_frame_model;
  return c;
}

}  // namespace flashvideo::test
