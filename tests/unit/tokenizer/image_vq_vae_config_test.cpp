// SPDX-License-Identifier: MIT
#include "flashvideo/tokenizer/image/vq_vae_config.hpp"

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("VqVaeConfig: the default is a 64 x 64 picture of 8 x 8 codes") {
  const VqVaeConfig config;
  CHECK_NOTHROW(check(config));
  CHECK(config.patch() == 8);
  CHECK(config.tokens_per_image() == 64);
}

TEST_CASE("VqVaeConfig: the first broken rule is named") {
  VqVaeConfig config;
  config.num_codes = 0;
  CHECK_THROWS_WITH(check(config), "VqVaeConfig: num_codes is 0, expected >= 1");
  config = {};
  config.encoder_channels.clear();
  CHECK_THROWS_WITH(check(config), "VqVaeConfig: the number of encoder_channels is 0, expected 1..6");
  config = {};
  config.decoder = {{.upsample = 2}, {.upsample = 2}};
  CHECK_THROWS_WITH(check(config),
                    "VqVaeConfig: the decoder enlarges 4 times, expected the patch of 8 pixels");
  config = {};
  config.image_width = 60;
  CHECK_THROWS_WITH(check(config),
                    "VqVaeConfig: images of 60 x 64, expected multiples of the patch of 8 pixels");
  config = {};
  config.encoder_blocks = 9;
  CHECK_THROWS_WITH(check(config), "VqVaeConfig: encoder_blocks is 9, expected 0..8");
  config = {};
  config.encoder_channels = {8};
  config.decoder = {{.upsample = 1, .overlaps = true}, {.upsample = 2}};
  CHECK_THROWS_WITH(check(config),
                    "VqVaeConfig: decoder upsample is 1, expected an even one where windows overlap");
}
