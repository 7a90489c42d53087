// SPDX-License-Identifier: MIT
#include "flashvideo/tokenizer/image/hvq_vae_configuration.hpp"

#include "flashvideo/io/json_field_reader.hpp"
#include "flashvideo/io/json_field_writer.hpp"
#include "support/catch.hpp"
#include "support/hvq_vae_weights.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;

namespace {

template <typename Change>
std::string broken(const Change& change) {
  HvqVaeConfiguration configuration = HvqVaeConfiguration::icetk();
  change(configuration);
  return test::message_of<value_error>([&] { configuration.check(); });
}

}  // namespace

TEST_CASE("HvqVaeConfiguration: icetk's picture of 160 x 160 at rate 8 is 400 tokens") {
  HvqVaeConfiguration configuration = HvqVaeConfiguration::icetk();
  CHECK_NOTHROW(configuration.check());
  CHECK(configuration.tokens_per_image() == 400);
  CHECK(configuration.finest_rate() == 4);
  CHECK(configuration.halvings() == 1);
  configuration.compress_rate = 4;
  CHECK(configuration.halvings() == 0);
  CHECK(configuration.tokens_per_image() == 1600);
  configuration.compress_rate = 16;
  CHECK(configuration.halvings() == 2);
  CHECK(configuration.tokens_per_image() == 100);
}

TEST_CASE("HvqVaeConfiguration: attention stands where a nominal picture has the extent, or nowhere") {
  HvqVaeConfiguration configuration = HvqVaeConfiguration::icetk();
  for (std::size_t level = 0; level < 12; ++level) CHECK(configuration.attends(level) == (level == 4));
  configuration.attention_extent = 0;
  for (std::size_t level = 0; level < 12; ++level) CHECK_FALSE(configuration.attends(level));
}

TEST_CASE("HvqVaeConfiguration: it is written and read back equal") {
  HvqVaeConfiguration configuration = test::tiny_hvq_vae();
  configuration.stretches_contrast = true;
  configuration.mean = {0.1, 0.2, 0.3};
  CHECK(from_json<HvqVaeConfiguration>(to_json(configuration)) == configuration);
  CHECK_FALSE(configuration == HvqVaeConfiguration::icetk());
}

TEST_CASE("HvqVaeConfiguration: the first broken rule is named") {
  const std::string who = "HvqVaeConfiguration: ";
  CHECK(broken([](auto& c) { c.num_codes = 0; }) == who + "num_codes is 0, expected >= 1");
  CHECK(broken([](auto& c) { c.encoder_multipliers.clear(); }) ==
        who + "the number of encoder_multipliers is 0, expected 1..12");
  CHECK(broken([](auto& c) { c.decoders.clear(); }) == who + "the number of decoders is 0, expected 1..8");
  CHECK(broken([](auto& c) { c.decoders[1].blocks = 0; }) == who + "decoders[1].blocks is 0, expected 1..8");
  CHECK(broken([](auto& c) { c.channels = 48; }) ==
        who + "48 channels, expected a multiple of the 32 groups and at most 65536");
  CHECK(broken([](auto& c) { c.decoders[0].multipliers[4] = 1024; }) ==
        who + "131072 channels, expected a multiple of the 32 groups and at most 65536");
  CHECK(broken([](auto& c) {
          c.decoders[2].multipliers = {1, 2};
        }) == who + "decoders[2] enlarges 2 times, expected 4");
  CHECK(broken([](auto& c) { c.compress_rate = 6; }) == who + "compress_rate is 6, expected one of 4, 8, 16");
  CHECK(broken([](auto& c) { c.compress_rate = 32; }) ==
        who + "compress_rate is 32, expected one of 4, 8, 16");
  CHECK(broken([](auto& c) { c.image_width = 164; }) ==
        who + "images of 164 x 160, expected multiples of the rate 8");
  CHECK(broken([](auto& c) { c.mean.pop_back(); }) == who + "2 means and 3 deviations, expected 3 of each");
  CHECK(broken([](auto& c) { c.deviation[1] = 0; }) == who + "deviation[1] is 0, expected > 0");
}
