// SPDX-License-Identifier: MIT
#include "../../../examples/train/training_configuration.hpp"

#include "flashvideo/io/json_parser.hpp"
#include "flashvideo/io/text_file.hpp"
#include "support/catch.hpp"

using namespace flashvideo;

namespace {

Json file_of(const std::string& name) {
  return parse_json(read_text_file(FLASHVIDEO_SOURCE_DIR "/examples/train/" + name));
}

}  // namespace

TEST_CASE("training configuration: the bundled model's is one of pictures that are trained") {
  const Json json = file_of("moving_shapes.json");
  REQUIRE_FALSE(example::has_icetk_pictures(json, "file"));
  const auto configuration = example::training_configuration<VqVaeConfiguration>(json, "file");
  CHECK(configuration.trains_pictures);
  CHECK(configuration.pictured_clips == 4000);
  CHECK(configuration.image_tokenizer.sizes.tokens_per_image() == 64);
  CHECK(configuration.decoder.clip_frames() == 17);
}

TEST_CASE("training configuration: flashvideo_160 has icetk's own sizes, and room for a frame behind five") {
  const Json json = file_of("flashvideo_160.json");
  REQUIRE(example::has_icetk_pictures(json, "file"));
  const auto configuration = example::training_configuration<HvqVaeConfiguration>(json, "file");
  CHECK_FALSE(configuration.trains_pictures);
  CHECK(configuration.image_tokenizer.sizes == HvqVaeConfiguration::icetk());
  CHECK(configuration.image_tokenizer.sizes.tokens_per_image() == 400);
  CHECK(configuration.decoder.carried == 5);
  CHECK(configuration.decoder.key_frames == 6);
  CHECK(configuration.decoder.key_frames * (configuration.decoder.text_length + 401) <=
        configuration.decoder.sizes.longest_sequence);
}

TEST_CASE("training configuration: a kind of pictures that there is not is named with those that there are") {
  const Json json = parse_json(R"({"image_tokenizer": {"sizes": {"kind": "icetk"}}})");
  CHECK_THROWS_MATCHES(
      example::has_icetk_pictures(json, "a.json"), format_error,
      Catch::Message("a.json: image_tokenizer.sizes.kind is \"icetk\", expected \"vq_vae\" or \"hvq_vae\""));
  CHECK_FALSE(example::has_icetk_pictures(parse_json("[]"), "a.json"));
}
