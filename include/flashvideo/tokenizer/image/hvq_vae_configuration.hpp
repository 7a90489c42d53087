// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/core/fields.hpp"

namespace flashvideo {

/// One decoder of an `HvqVae`: it enlarges a grid of codes 2^(multipliers - 1) times.
struct HvqVaeDecoderShape {
  std::vector<index_t> multipliers{1, 2, 4};  ///< of `channels`, for each resolution, the finest first
  index_t blocks = 1;                         ///< residual blocks of each resolution

  /// Names each field (core/fields.hpp).
  template <typename = void>
  void visit(Fields& fields) {
    fields.integers("multipliers", multipliers, between(1, 12), between(1, 1 << 10),
                    "of the channels, for each resolution, the finest first");
    fields.integer("blocks", blocks, between(1, 8), "residual blocks of each resolution");
  }
  /// Pixels along each side of a code.
  index_t patch() const { return index_t{1} << (multipliers.size() - 1); }

  friend bool operator==(const HvqVaeDecoderShape&, const HvqVaeDecoderShape&) = default;
};

/// Sizes of a hierarchical VQ-VAE as icetk has it (`HvqVae`): one encoder and one codebook for several rates, one
/// decoder for each rate. A rate is the number of pixels along each side of a code's patch.
struct HvqVaeConfiguration {
  index_t image_height = 160;     ///< pixels; a multiple of the rate
  index_t image_width = 160;      ///< pixels; a multiple of the rate
  index_t compress_rate = 8;      ///< of the tokens: that of one of the decoders
  index_t num_codes = 20000;      ///< rows of the codebook
  index_t code_width = 256;       ///< numbers of a code vector
  index_t latent_channels = 256;  ///< between encoder and codebook
  index_t channels = 128;         ///< what multipliers multiply
  std::vector<index_t> encoder_multipliers{1, 2,
                                           4};  ///< of `channels`, for each resolution, the finest first
  index_t encoder_blocks = 2;                   ///< residual blocks of each resolution
  std::vector<HvqVaeDecoderShape> decoders{{.multipliers = {1, 1, 1, 2, 4}},
                                           {.multipliers = {1, 1, 2, 4}},
                                           {.multipliers = {1, 2, 4}}};  ///< the coarsest rate first
  index_t norm_groups = 32;                                              ///< of every GroupNorm
  index_t nominal_extent = 256;   ///< pixels along a side of a picture for which attention was laid out
  index_t attention_extent = 16;  ///< levels where such a picture has this extent have attention; 0: none
  std::vector<double> mean{0.79093, 0.76271, 0.75340};  ///< of red, green, blue in [0, 1]
  std::vector<double> deviation{0.30379, 0.32279,
                                0.32800};  ///< likewise; pixels are (rgb - mean) / deviation
  bool stretches_contrast =
      false;  ///< decoded frames fill 0..255 each (as CogVideo saves them); else clamped

  static constexpr index_t most_channels = 1 << 16;  ///< of an image, and pixels along a side

  /// icetk's sizes (THUDM/icetk, `icetk/vqvae/api.py`): 102,579,497 numbers.
  static HvqVaeConfiguration icetk() { return {}; }

  /// Pixels along each side of a code's patch.
  index_t patch() const { return compress_rate; }
  /// Cells down.
  index_t grid_height() const { return image_height / patch(); }
  /// Cells across.
  index_t grid_width() const { return image_width / patch(); }
  /// Cells of the grid.
  index_t tokens_per_image() const { return grid_height() * grid_width(); }
  /// Rate of the encoder alone: that of the last decoder.
  index_t finest_rate() const { return index_t{1} << (encoder_multipliers.size() - 1); }
  /// Whether blocks of a resolution, 0 the finest, have an attention behind them.
  bool attends(std::size_t level) const {
    return attention_extent > 0 && nominal_extent >> level == attention_extent;
  }
  /// How often the encoder's latents are halved to reach the rate.
  std::size_t halvings() const {
    std::size_t count = 0;
    while (finest_rate() << count < compress_rate) ++count;
    return count;
  }

  /// Names each field (core/fields.hpp).
  template <typename = void>
  void visit(Fields& fields) {
    const IntegerRange extent = at_least(1, most_channels);
    fields.integer("image_height", image_height, extent, "pixels, a multiple of the rate");
    fields.integer("image_width", image_width, extent, "pixels, a multiple of the rate");
    fields.integer("compress_rate", compress_rate, extent, "pixels along each side of a code's patch");
    fields.integer("num_codes", num_codes, at_least(1, index_t{1} << 24), "vectors of the codebook");
    fields.integer("code_width", code_width, extent, "numbers of a code's vector");
    fields.integer("latent_channels", latent_channels, extent, "between encoder and codebook");
    fields.integer("channels", channels, extent, "what multipliers multiply");
    fields.integers("encoder_multipliers", encoder_multipliers, between(1, 12), between(1, 1 << 10),
                    "of the channels, for each resolution, the finest first");
    fields.integer("encoder_blocks", encoder_blocks, between(1, 8), "residual blocks of each resolution");
    fields.list("decoders", decoders, between(1, 8), "one for each rate, the coarsest first");
    fields.integer("norm_groups", norm_groups, extent, "of every GroupNorm");
    fields.integer("nominal_extent", nominal_extent, extent,
                   "pixels along a side of a picture for which attention was laid out");
    fields.integer("attention_extent", attention_extent, at_least(0, most_channels),
                   "extent of a nominal picture where attention stands; 0: none");
    fields.reals("mean", mean, any_real(), "of red, green and blue in [0, 1]");
    fields.reals("deviation", deviation, above(0.0), "likewise");
    fields.flag("stretches_contrast", stretches_contrast,
                "whether decoded frames fill 0..255, each by itself");
  }

  /// @throws value_error naming the first rule that the sizes break
  template <typename = void>
  void check() const {
    check_fields("HvqVaeConfiguration", *this);
    const auto divides = [&](index_t multiplier) {
      const index_t width = multiplier * channels;
      require<value_error>(
          width % norm_groups == 0 && width <= most_channels,
          "HvqVaeConfiguration: {} channels, expected a multiple of the {} groups and at most {}", width,
          norm_groups, most_channels);
    };
    for (const index_t multiplier : encoder_multipliers) divides(multiplier);
    std::string rates;
    bool has_rate = false;
    for (std::size_t i = 0; i < decoders.size(); ++i) {
      const HvqVaeDecoderShape& decoder = decoders[i];
      for (const index_t multiplier : decoder.multipliers) divides(multiplier);
      const index_t own = finest_rate() << (decoders.size() - 1 - i);
      require<value_error>(decoder.patch() == own,
                           "HvqVaeConfiguration: decoders[{}] enlarges {} times, expected {}", i,
                           decoder.patch(), own);
      has_rate = has_rate || own == compress_rate;
      rates = std::to_string(own) + (rates.empty() ? "" : ", ") + rates;
    }
    require<value_error>(has_rate, "HvqVaeConfiguration: compress_rate is {}, expected one of {}",
                         compress_rate, rates);
    require<value_error>(image_height % compress_rate == 0 && image_width % compress_rate == 0,
                         "HvqVaeConfiguration: images of {} x {}, expected multiples of the rate {}",
                         image_width, image_height, compress_rate);
    require<value_error>(mean.size() == 3 && deviation.size() == 3,
                         "HvqVaeConfiguration: {} means and {} deviations, expected 3 of each", mean.size(),
                         deviation.size());
  }

  friend bool operator==(const HvqVaeConfiguration&, const HvqVaeConfiguration&) = default;
};

}  // namespace flashvideo
