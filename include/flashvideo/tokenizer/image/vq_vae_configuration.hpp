// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/core/fields.hpp"

namespace flashvideo {

/// Largest numbers of stages, and of residual blocks in one stage.
inline constexpr std::size_t max_image_stages = 6;
/// And of residual blocks in one stage.
inline constexpr std::size_t max_image_blocks = 8;
/// Largest number of channels, and of pixels along a side.
inline constexpr index_t max_image_extent = 1 << 16;

/// One resolution of the decoder: residual blocks, then a transposed convolution to the next resolution.
struct DecoderStage {
  index_t channels = 128;  ///< of its images
  index_t blocks = 1;      ///< residual blocks
  index_t hidden = 128;    ///< channels inside a block
  index_t upsample = 2;    ///< stride of the transposed convolution
  bool overlaps = false;   ///< its kernel: twice the stride (windows overlap by half), or the stride

  /// Names each field (core/fields.hpp).
  template <typename = void>
  void visit(Fields& fields) {
    fields.integer("channels", channels, at_least(1, max_image_extent), "channels of this resolution");
    fields.integer("blocks", blocks, between(0, max_image_blocks), "residual blocks");
    fields.integer("hidden", hidden, at_least(1, max_image_extent), "channels inside a block");
    fields.integer("upsample", upsample, at_least(1, max_image_extent),
                   "times larger the next resolution is");
    fields.flag("overlaps", overlaps, "whether the windows of the enlargement overlap by half");
  }

  friend bool operator==(const DecoderStage&, const DecoderStage&) = default;
};

/// Convolutions of an encoder: they decide which pixels a code depends on. A value: it stands in the
/// configuration and in the file (docs/policies/encoder.md).
struct EncoderShape {
  index_t stage_kernel = 2;  ///< of the convolutions that make the picture smaller
  index_t stage_stride = 2;  ///< how many times smaller each makes it
  index_t stage_padding =
      0;  ///< kernel - 2 padding lies within 1..stride, so that nothing is lost at the border
  index_t block_kernel = 1;  ///< of the residual blocks, odd

  /// Codes that stand still: convolutions without overlap, then 1x1; a code depends on its own patch and on
  /// nothing else (docs/adr/0003-tokens-that-stand-still.md), unless the configuration asks for GroupNorm.
  static constexpr EncoderShape local() { return {2, 2, 0, 1}; }
  /// The usual form, that of public models: 4x4 and 3x3 convolutions that overlap.
  static constexpr EncoderShape overlapping() { return {4, 2, 1, 3}; }
  /// "local", "overlapping", or "own" for any other.
  const char* name() const {
    return *this == local() ? "local" : *this == overlapping() ? "overlapping" : "own";
  }

  /// Names each field (core/fields.hpp).
  template <typename = void>
  void visit(Fields& fields) {
    fields.integer("stage_kernel", stage_kernel, between(1, 64),
                   "of the convolutions that shrink the picture");
    fields.integer("stage_stride", stage_stride, between(1, 16), "how many times smaller each makes it");
    fields.integer("stage_padding", stage_padding, between(0, 32), "of these convolutions");
    fields.integer("block_kernel", block_kernel, between(1, 15), "of the residual blocks, odd");
  }

  friend bool operator==(const EncoderShape&, const EncoderShape&) = default;
};

/// Sizes of an image tokenizer (VQ-VAE). Pixels are kept as rgb / 127.5 - 1, within [-1, 1].
struct VqVaeConfiguration {
  index_t image_height = 64;                           ///< pixels; a multiple of patch()
  index_t image_width = 64;                            ///< pixels; a multiple of patch()
  index_t num_codes = 1024;                            ///< rows of the codebook
  index_t code_width = 32;                             ///< numbers of a code vector
  EncoderShape encoder{};                              ///< its convolutions
  std::vector<index_t> encoder_channels{32, 64, 128};  ///< one for each stage
  index_t encoder_blocks = 2;                          ///< residual blocks
  index_t encoder_hidden = 128;                        ///< channels inside them
  std::vector<DecoderStage> decoder{
      {.channels = 192, .blocks = 2, .hidden = 128, .upsample = 8}};  ///< from the codes to the pixels
  bool block_bias = true;   ///< whether convolutions inside residual blocks have a bias
  index_t norm_groups = 0;  ///< GroupNorm inside the blocks of the encoder; 0: none

  /// Pixels along each side of a code's patch.
  index_t patch() const {
    index_t pixels = 1;
    for (std::size_t stage = 0; stage < encoder_channels.size(); ++stage) pixels *= encoder.stage_stride;
    return pixels;
  }
  /// Cells down.
  index_t grid_height() const { return image_height / patch(); }
  /// Cells across.
  index_t grid_width() const { return image_width / patch(); }
  /// Cells of the grid.
  index_t tokens_per_image() const { return grid_height() * grid_width(); }

  /// Names each field (core/fields.hpp).
  template <typename = void>
  void visit(Fields& fields) {
    const IntegerRange extent = at_least(1, max_image_extent);
    const IntegerRange stages = between(1, max_image_stages);
    std::string name = encoder.name();
    fields.text("encoder", name, {"local", "overlapping", "own"}, "what a code of the picture sees");
    if (name == "local") encoder = EncoderShape::local();
    if (name == "overlapping") encoder = EncoderShape::overlapping();
    if (name == "own") fields.part("encoder_shape", encoder);
    fields.integer("image_height", image_height, extent, "pixels, a multiple of the patch");
    fields.integer("image_width", image_width, extent, "pixels, a multiple of the patch");
    fields.integer("num_codes", num_codes, at_least(1, index_t{1} << 24), "vectors of the codebook");
    fields.integer("code_width", code_width, extent, "numbers of a code's vector");
    fields.integers("encoder_channels", encoder_channels, stages, extent,
                    "one for each halving of the picture");
    fields.integer("encoder_blocks", encoder_blocks, between(0, max_image_blocks), "residual blocks");
    fields.integer("encoder_hidden", encoder_hidden, extent, "channels inside a block");
    fields.list("decoder", decoder, stages, "resolutions of the decoder");
    fields.flag("block_bias", block_bias, "whether residual blocks have biases");
    fields.integer("norm_groups", norm_groups, at_least(0, max_image_extent),
                   "of the encoder's GroupNorm; 0: none");
  }

  /// @throws value_error naming the first rule that the sizes break
  template <typename = void>
  void check() const {
    check_fields("VqVaeConfiguration", *this);
    const index_t seen = encoder.stage_kernel - 2 * encoder.stage_padding;
    require<value_error>(
        seen >= 1 && seen <= encoder.stage_stride,
        "VqVaeConfiguration: encoder stages have kernel {}, padding {} and stride {}, expected a kernel "
        "less twice the padding within 1..stride",
        encoder.stage_kernel, encoder.stage_padding, encoder.stage_stride);
    require<value_error>(encoder.block_kernel % 2 == 1,
                         "VqVaeConfiguration: encoder.block_kernel is {}, expected an odd number",
                         encoder.block_kernel);
    index_t grown = 1;
    for (const DecoderStage& stage : decoder) {
      require<value_error>(
          !stage.overlaps || stage.upsample % 2 == 0,
          "VqVaeConfiguration: decoder upsample is {}, expected an even one where windows overlap",
          stage.upsample);
      grown *= stage.upsample;
    }
    require<value_error>(grown == patch(),
                         "VqVaeConfiguration: the decoder enlarges {} times, expected the patch of {} pixels",
                         grown, patch());
    require<value_error>(
        image_height % patch() == 0 && image_width % patch() == 0,
        "VqVaeConfiguration: images of {} x {}, expected multiples of the patch of {} pixels", image_width,
        image_height, patch());
  }

  friend bool operator==(const VqVaeConfiguration&, const VqVaeConfiguration&) = default;
};

}  // namespace flashvideo
