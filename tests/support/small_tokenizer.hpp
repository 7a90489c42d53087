// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// A small untrained image tokenizer and images for it.

#include <utility>
#include <vector>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/tokenizer/image/vq_vae_tokenizer.hpp"

namespace flashvideo::test {

inline VqVaeConfiguration small_config() {
  VqVaeConfiguration config;
  config.image_height = 24;
  config.image_width = 40;
  config.num_codes = 40;
  config.code_width = 5;
  config.encoder_channels = {6, 8};
  config.encoder_blocks = 1;
  config.encoder_hidden = 7;
  config.decoder = {{.channels = 9, .blocks = 1, .hidden = 6, .upsample = 2},
                    {.channels = 7, .blocks = 1, .hidden = 4, .upsample = 2, .overlaps = true}};
  return config;
}

inline std::vector<float> random_values(const ParameterLayout& layout) {
  auto values = initial_values<float>(layout, 3);
  RandomStream random(4);
  for (float& value : values) value += static_cast<float>(0.05 * random.normal());
  return values;
}

inline std::vector<Image> random_images(index_t count, const VqVaeConfiguration& config) {
  RandomStream random(5);
  std::vector<Image> images;
  for (index_t i = 0; i < count; ++i) {
    images.emplace_back(config.image_height, config.image_width);
    for (std::uint8_t& byte : images.back().bytes()) byte = static_cast<std::uint8_t>(random.below(256));
  }
  return images;
}

inline VqVaeTokenizer<Cpu> make_tokenizer(const VqVaeConfiguration& config, const Cpu& cpu = Cpu(2)) {
  VqVae<> model(config);
  const auto values = random_values(model.layout());
  return {cpu, std::move(model), values};
}

}  // namespace flashvideo::test
