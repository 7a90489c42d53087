// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"

namespace flashvideo {

/// One resolution of the decoder: residual blocks, then a transposed convolution to the next resolution.
struct DecoderStage {
  index_t channels = 128;
  index_t blocks = 1;
  index_t hidden = 128;   ///< channels inside a block
  index_t upsample = 2;   ///< stride of the transposed convolution
  bool overlaps = false;  ///< its kernel: twice the stride (windows overlap by half), or the stride

  friend bool operator==(const DecoderStage&, const DecoderStage&) = default;
};

/// Sizes of an image tokenizer (VQ-VAE). Pixels are kept as rgb / 127.5 - 1, within [-1, 1].
struct VqVaeConfig {
  index_t image_height = 64;  ///< pixels; a multiple of patch()
  index_t image_width = 64;
  index_t num_codes = 1024;
  index_t code_width = 32;
  std::vector<index_t> encoder_channels{32, 64, 128};  ///< one for each halving of the resolution
  index_t encoder_blocks = 2;
  index_t encoder_hidden = 128;
  std::vector<DecoderStage> decoder{{.channels = 192, .blocks = 2, .hidden = 128, .upsample = 8}};
  bool block_bias = true;   ///< whether convolutions inside residual blocks have a bias
  index_t norm_groups = 0;  ///< GroupNorm inside the blocks of the encoder; 0: none

  /// Pixels along each side of a code's patch.
  index_t patch() const { return index_t{1} << encoder_channels.size(); }
  index_t grid_height() const { return image_height / patch(); }
  index_t grid_width() const { return image_width / patch(); }
  index_t tokens_per_image() const { return grid_height() * grid_width(); }

  friend bool operator==(const VqVaeConfig&, const VqVaeConfig&) = default;
};

/// Largest numbers of stages, and of residual blocks in one stage.
inline constexpr std::size_t max_image_stages = 6;
inline constexpr std::size_t max_image_blocks = 8;

/// Throws value_error naming the first rule that the configuration breaks.
inline void check(const VqVaeConfig& config) {
  const auto positive = [](const char* name, index_t value) {
    require<value_error>(value >= 1, "VqVaeConfig: {} is {}, expected >= 1", name, value);
  };
  const auto blocks = [](const char* name, index_t value) {
    require<value_error>(value >= 0 && value <= static_cast<index_t>(max_image_blocks),
                         "VqVaeConfig: {} is {}, expected 0..{}", name, value, max_image_blocks);
  };
  positive("num_codes", config.num_codes);
  positive("code_width", config.code_width);
  positive("encoder_hidden", config.encoder_hidden);
  blocks("encoder_blocks", config.encoder_blocks);
  for (const index_t channels : config.encoder_channels) positive("encoder_channels", channels);
  require<value_error>(!config.encoder_channels.empty() && config.encoder_channels.size() <= max_image_stages,
                       "VqVaeConfig: {} encoder stages, expected 1..{}", config.encoder_channels.size(),
                       max_image_stages);
  require<value_error>(!config.decoder.empty() && config.decoder.size() <= max_image_stages,
                       "VqVaeConfig: {} decoder stages, expected 1..{}", config.decoder.size(),
                       max_image_stages);
  index_t grown = 1;
  for (const DecoderStage& stage : config.decoder) {
    positive("decoder channels", stage.channels);
    positive("decoder hidden", stage.hidden);
    positive("decoder upsample", stage.upsample);
    blocks("decoder blocks", stage.blocks);
    require<value_error>(!stage.overlaps || stage.upsample % 2 == 0,
                         "VqVaeConfig: decoder upsample is {}, expected an even one where windows overlap",
                         stage.upsample);
    grown *= stage.upsample;
  }
  require<value_error>(grown == config.patch(),
                       "VqVaeConfig: the decoder enlarges {} times, expected the patch of {} pixels", grown,
                       config.patch());
  require<value_error>(config.image_height >= 1 && config.image_width >= 1 &&
                           config.image_height % config.patch() == 0 &&
                           config.image_width % config.patch() == 0,
                       "VqVaeConfig: images of {} x {}, expected multiples of the patch of {} pixels",
                       config.image_width, config.image_height, config.patch());
}

}  // namespace flashvideo
