// SPDX-License-Identifier: MIT
#pragma once
/// A whole text-to-video model with random weights, small enough to generate a clip in milliseconds.

#include <memory>
#include <string>
#include <vector>

#include "flashvideo/generation/text_to_video.hpp"

namespace flashvideo::test {

inline BundleConfiguration tiny_configuration(const std::string& policy) {
  BundleConfiguration c;
  c.words = {"a", "blue", "circle", "moves", "red", "star"};
  c.image_tokenizer.image_height = 32;
  c.image_tokenizer.image_width = 32;
  c.image_tokenizer.num_codes = 5;  // few, so that neighbouring frames share tokens
  c.image_tokenizer.code_width = 4;
  c.image_tokenizer.encoder_channels = {4, 6, 8};
  c.image_tokenizer.encoder_blocks = 1;
  c.image_tokenizer.encoder_hidden = 8;
  c.image_tokenizer.decoder = {{.channels = 8, .blocks = 1, .hidden = 8, .upsample = 8, .overlaps = false}};
  c.num_text_tokens = 256 + static_cast<index_t>(c.words.size());
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

template <DecoderPolicy Policy, ComputeBackend Backend>
typename VideoModel<Policy, Policy, Backend>::Values tiny_values(const BundleConfiguration& c,
                                                                 std::uint64_t seed) {
  typename VideoModel<Policy, Policy, Backend>::Values values;
  values.image_tokenizer = initial_values<float>(VqVae<>(c.image_tokenizer).layout(), seed);
  values.key_frame = initial_values<float>(Decoder<Policy, Backend>(c.key_frame_model).layout(), seed + 1);
  for (float& value : values.key_frame) value *= 2;  // livelier logits
  if (!c.one_network) {
    values.interpolation =
        initial_values<float>(Decoder<Policy, Backend>(c.interpolation_model).layout(), seed + 2);
  }
  return values;
}

/// @param one_network whether one decoder serves both tasks
template <DecoderPolicy Policy = FlashVideoPolicy, ComputeBackend Backend = Cpu>
TextToVideo<Policy, Policy, Backend> tiny_model(const Backend& backend, bool one_network = true) {
  BundleConfiguration c = tiny_configuration(Policy::name);
  c.one_network = one_network;
  using Model = VideoModel<Policy, Policy, Backend>;
  return TextToVideo<Policy, Policy, Backend>(
      std::make_shared<const Model>(backend, c, tiny_values<Policy, Backend>(c, 7)));
}

/// All frames of a request, generated alone.
template <typename Generator>
std::vector<Image> frames_of(const Generator& model, const VideoRequest& request) {
  std::vector<Image> frames;
  model.generate(request, [&](const GeneratedFrame& frame) {
    frames.resize(std::max(frames.size(), static_cast<std::size_t>(frame.index) + 1));
    frames[static_cast<std::size_t>(frame.index)] = frame.image;
  });
  return frames;
}

}  // namespace flashvideo::test
