// SPDX-License-Identifier: MIT
#include "flashvideo/tokenizer/image/vq_vae_configuration.hpp"

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("VqVaeConfiguration: the default is a 64 x 64 picture of 8 x 8 codes") {
  const VqVaeConfiguration config;
  CHECK_NOTHROW(config.check());
  CHECK(config.patch() == 8);
  CHECK(config.tokens_per_image() == 64);
}

TEST_CASE("VqVaeConfiguration: the first broken rule is named") {
  VqVaeConfiguration config;
  config.num_codes = 0;
  CHECK_THROWS_WITH(config.check(), "VqVaeConfiguration: num_codes is 0, expected >= 1");
  config = {};
  config.encoder_channels.clear();
  CHECK_THROWS_WITH(config.check(), "VqVaeConfiguration: the number of encoder_channels is 0, expected 1..6");
  config = {};
  config.decoder = {{.upsample = 2}, {.upsample = 2}};
  CHECK_THROWS_WITH(config.check(),
                    "VqVaeConfiguration: the decoder enlarges 4 times, expected the patch of 8 pixels");
  config = {};
  config.image_width = 60;
  CHECK_THROWS_WITH(config.check(),
                    "VqVaeConfiguration: images of 60 x 64, expected multiples of the patch of 8 pixels");
  config = {};
  config.encoder_blocks = 9;
  CHECK_THROWS_WITH(config.check(), "VqVaeConfiguration: encoder_blocks is 9, expected 0..8");
  config = {};
  config.encoder_channels = {8};
  config.decoder = {{.upsample = 1, .overlaps = true}, {.upsample = 2}};
  CHECK_THROWS_WITH(config.check(),
                    "VqVaeConfiguration: decoder upsample is 1, expected an even one where windows overlap");
}

TEST_CASE("VqVaeConfiguration: the convolutions of the encoder are values, and give whole patches") {
  VqVaeConfiguration config;
  CHECK(config.encoder == EncoderShape::local());
  config.encoder = EncoderShape::overlapping();
  CHECK_NOTHROW(config.check());
  CHECK(config.patch() == 8);
  config.encoder = {6, 4, 1, 5};
  config.encoder_channels = {32, 64};
  config.decoder = {{.upsample = 16}};
  CHECK_NOTHROW(config.check());
  CHECK(config.patch() == 16);
  config.encoder.stage_padding = 0;
  CHECK_THROWS_WITH(
      config.check(),
      "VqVaeConfiguration: encoder stages have kernel 6, padding 0 and stride 4, expected a kernel less "
      "twice the padding within 1..stride");
  config.encoder = EncoderShape::local();
  config.encoder.block_kernel = 2;
  CHECK_THROWS_WITH(config.check(), "VqVaeConfiguration: encoder.block_kernel is 2, expected an odd number");
  config.encoder = {20, 20, 0, 1};
  CHECK_THROWS_WITH(config.check(), "VqVaeConfiguration: encoder_shape.stage_stride is 20, expected 1..16");
}
