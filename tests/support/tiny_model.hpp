// SPDX-License-Identifier: MIT
#pragma once
/// A whole text-to-video model with random weights, small enough to generate a clip in milliseconds.

#include <memory>
#include <vector>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/generation/text_to_video.hpp"
#include "support/tiny_configuration.hpp"

namespace flashvideo::test {

template <DecoderPolicy Policy, ComputeBackend Backend>
typename VideoModel<WordsAndVqVae<Policy>, Backend>::Values tiny_values(const BundleConfiguration<>& c,
                                                                        std::uint64_t seed) {
  typename VideoModel<WordsAndVqVae<Policy>, Backend>::Values values;
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
/// @param storage how its matrices are kept
/// @param text_dropout above 0: it may be guided
template <DecoderPolicy Policy = FlashVideoPolicy, ComputeBackend Backend = Cpu>
TextToVideo<WordsAndVqVae<Policy>, Backend> tiny_model(const Backend& backend, bool one_network = true,
                                                       WeightStorage storage = WeightStorage::float32,
                                                       double text_dropout = 0) {
  BundleConfiguration<> c = tiny_configuration(Policy::name);
  c.one_network = one_network;
  c.text_dropout = text_dropout;
  using Model = VideoModel<WordsAndVqVae<Policy>, Backend>;
  return TextToVideo<WordsAndVqVae<Policy>, Backend>(
      std::make_shared<const Model>(backend, c, tiny_values<Policy, Backend>(c, 7), storage));
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
