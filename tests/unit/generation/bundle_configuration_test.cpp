// SPDX-License-Identifier: MIT
#include "flashvideo/generation/bundle_configuration.hpp"

#include "flashvideo/generation/bundle_format.hpp"
#include "flashvideo/io/json_field_writer.hpp"
#include "flashvideo/io/json_parser.hpp"
#include "flashvideo/io/safetensors_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "support/tiny_configuration.hpp"

using namespace flashvideo;
using test::message_of;

namespace {

std::string text_of(const BundleConfiguration<>& c) { return to_json(c).dump(); }

/// The configuration written and read back.
BundleConfiguration<> back(const BundleConfiguration<>& c) {
  return bundle_from_json(parse_json(text_of(c)));
}

}  // namespace

TEST_CASE("BundleConfiguration: comes back from its JSON as it was") {
  BundleConfiguration<> c = test::tiny_configuration("flashvideo");
  CHECK(text_of(back(c)) == text_of(c));
  CHECK(back(c).text_tokenizer.words == c.text_tokenizer.words);
  CHECK(back(c).gaps == c.gaps);
  CHECK(back(c).image_tokenizer == c.image_tokenizer);
  CHECK(back(c).vocabulary() == c.vocabulary());
  CHECK(back(c).one_network);
  CHECK(back(c).interpolation_policy == "flashvideo");
  c.one_network = false;
  c.interpolation_policy = "transformer";
  c.interpolation_model.d_model = 48;
  CHECK(back(c).interpolation_policy == "transformer");
  CHECK(back(c).interpolation_model.d_model == 48);
  CHECK(back(c).key_frame_model.d_model == 24);
  CHECK(text_of(back(c)) == text_of(c));
}

TEST_CASE("BundleConfiguration: every member is stored") {
  const BundleConfiguration<> plain = test::tiny_configuration("flashvideo");
  const auto is_stored = [&](const auto& change) {
    BundleConfiguration<> c = plain;
    change(c);
    return text_of(c) != text_of(plain) && text_of(back(c)) == text_of(c);
  };
  using C = BundleConfiguration<>;
  CHECK(is_stored([](C& c) { c.text_tokenizer.words[0] = "an"; }));
  CHECK(is_stored([](C& c) { c.text_tokenizer.sentence_forms = {2, {". a"}, "a red star"}; }));
  CHECK(is_stored([](C& c) { c.image_tokenizer.image_height = 64; }));
  CHECK(is_stored([](C& c) { c.image_tokenizer.image_width = 64; }));
  CHECK(is_stored([](C& c) { c.image_tokenizer.code_width = 9; }));
  CHECK(is_stored([](C& c) { c.image_tokenizer.encoder_channels[1] = 9; }));
  CHECK(is_stored([](C& c) { c.image_tokenizer.encoder_blocks = 0; }));
  CHECK(is_stored([](C& c) { c.image_tokenizer.encoder_hidden = 9; }));
  CHECK(is_stored([](C& c) { c.image_tokenizer.decoder[0].channels = 9; }));
  CHECK(is_stored([](C& c) { c.image_tokenizer.decoder[0].blocks = 0; }));
  CHECK(is_stored([](C& c) { c.image_tokenizer.decoder[0].hidden = 9; }));
  CHECK(is_stored([](C& c) { c.image_tokenizer.decoder[0].overlaps = true; }));
  CHECK(is_stored([](C& c) { c.image_tokenizer.decoder = {{8, 1, 8, 4, false}, {8, 1, 8, 2, false}}; }));
  CHECK(is_stored([](C& c) { c.image_tokenizer.block_bias = false; }));
  CHECK(is_stored([](C& c) { c.image_tokenizer.norm_groups = 2; }));
  CHECK(is_stored([](C& c) { c.text_length = 9; }));
  CHECK(is_stored([](C& c) { c.key_frame_policy = "transformer"; }));
  CHECK(is_stored([](C& c) { c.key_frame_model.d_model = 48; }));
  CHECK(is_stored([](C& c) { c.key_frame_model.d_value = 42; }));
  CHECK(is_stored([](C& c) { c.key_frame_model.d_feed_forward = 9; }));
  CHECK(is_stored([](C& c) { c.key_frame_model.num_layers = 3; }));
  CHECK(is_stored([](C& c) { c.key_frame_model.num_heads = 4; }));
  CHECK(is_stored([](C& c) { c.key_frame_model.longest_sequence = 9; }));
  CHECK(is_stored([](C& c) { c.key_frame_model.epsilon = 1e-5; }));
  CHECK(is_stored([](C& c) { c.key_frame_model.scale_embedding = true; }));
  CHECK(is_stored([](C& c) {
    c.key_frame_model.position = Position::stored({1, 0.1, 1e-17, 0.3, 0.25, 2.0 / 3});
  }));
  CHECK(is_stored([](C& c) { c.key_frame_model.decay = Decay::stored({-0.5, -1.0 / 7}); }));
  CHECK(is_stored([](C& c) { c.key_frame_model.position = Position::frame_harmonics(80.5); }));
  CHECK(is_stored([](C& c) { c.key_frame_model.position = Position::rope(500); }));
  CHECK(is_stored([](C& c) { c.key_frame_model.decay = Decay::retnet(); }));
  CHECK(is_stored([](C& c) { c.key_frame_model.decay = Decay::horizon(20, 900); }));
  CHECK(is_stored([](C& c) { c.image_tokenizer.encoder = EncoderShape::overlapping(); }));
  CHECK(is_stored([](C& c) { c.image_tokenizer.encoder = {2, 2, 0, 3}; }));
  CHECK(is_stored([](C& c) { c.key_spacing = 2; }));
  CHECK(is_stored([](C& c) { c.carried = 3; }));
  CHECK(is_stored([](C& c) { c.gaps[1].between = 2; }));
  CHECK(is_stored([](C& c) { c.gaps[1].spacing = 3; }));
  CHECK(is_stored([](C& c) { c.frames_per_second = 12.5; }));
  CHECK(is_stored([](C& c) { c.text_dropout = 0.15; }));
  CHECK(is_stored([](C& c) { c.given_frames = {0, 1, 5}; }));
}

TEST_CASE("BundleConfiguration: a missing member is named, an unknown one with the nearest known") {
  const std::string text = text_of(test::tiny_configuration("flashvideo"));
  const auto complaint = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    const std::size_t at = changed.find(from);
    REQUIRE(at != std::string::npos);
    changed.replace(at, from.size(), to);
    return message_of<value_error>([&] { bundle_from_json(parse_json(changed)); });
  };
  CHECK(complaint("\"num_serials\":5,", "") == "num_serials: missing");
  CHECK(
      complaint("\"frames_per_second\":8.0", "\"loud\":true") ==
      "loud: unknown, expected one of text_tokenizer, image_tokenizer, key_frame_model, interpolation_model, "
      "num_text_tokens, text_length, num_serials, key_spacing, carried, gaps, frames_per_second, "
      "text_dropout, given_frames");
  CHECK(complaint("\"policy\":\"flashvideo\",", "") == "key_frame_model.policy: missing");
  CHECK(complaint("\"vocabulary\":", "\"vocabulry\":") ==
        "key_frame_model.vocabulry: unknown, did you mean vocabulary?");
  CHECK(complaint("\"code_width\":4,", "") == "image_tokenizer.code_width: missing");
  CHECK(complaint("\"hidden\":8,", "") == "image_tokenizer.decoder[0].hidden: missing");
  CHECK(complaint("{\"between\":1,\"spacing\":2}", "{\"between\":1}") == "gaps[2].spacing: missing");
  CHECK(complaint("\"carried\":2", "\"carried\":-2") == "carried is -2, expected >= 0");
}

TEST_CASE("BundleConfiguration: the bundled model's is written as it was read") {
  const SafetensorsFile file(FLASHVIDEO_SOURCE_DIR "/examples/models/moving_shapes.safetensors");
  const Json stored = generation_detail::bundle_of_format_1(parse_json(file.metadata("configuration")));
  CHECK(text_of(bundle_from_json(stored)) == stored.dump());
}

TEST_CASE("BundleConfiguration: a file that says nothing of dropped texts had none, and none are not said") {
  BundleConfiguration<> c = test::tiny_configuration("flashvideo");
  CHECK_FALSE(to_json(c).contains("given_frames"));
  CHECK(back(c).given_frames.empty());
  CHECK_FALSE(to_json(c).contains("text_dropout"));
  CHECK(back(c).text_dropout == 0);
  c.text_dropout = 0.15;
  CHECK(back(c).text_dropout == 0.15);
}

TEST_CASE("BundleConfiguration: what contradicts itself is refused") {
  BundleConfiguration<> c = test::tiny_configuration("flashvideo");
  const auto message = [&] { return message_of<value_error>([&] { back(c); }); };
  c.num_serials = 6;
  CHECK(message() == "a decoder has a vocabulary of 273 and 5 outputs, expected 274 and 5");
  c = test::tiny_configuration("flashvideo");
  c.key_frame_model.outputs = 4;
  CHECK(message() == "a decoder has a vocabulary of 273 and 4 outputs, expected 273 and 5");
  c = test::tiny_configuration("flashvideo");
  c.one_network = false;
  c.interpolation_model.vocabulary = 280;
  CHECK(message() == "a decoder has a vocabulary of 280 and 5 outputs, expected 273 and 5");
  c = test::tiny_configuration("flashvideo");
  c.image_tokenizer.image_height = 30;
  CHECK(message() == "VqVaeConfiguration: images of 32 x 30, expected multiples of the patch of 8 pixels");
  c = test::tiny_configuration("flashvideo");
  std::string text = text_of(c);
  text.replace(text.find("\"words\""), 7, "\"icetk\"");
  CHECK(message_of<value_error>([&] { bundle_from_json(parse_json(text)); }) ==
        "text_tokenizer.kind is \"icetk\", expected \"words\"");
}
TEST_CASE("BundleConfiguration: counts that cannot be are refused") {
  const auto message = [](const auto& change) {
    BundleConfiguration<> c = test::tiny_configuration("flashvideo");
    change(c);
    return message_of<value_error>([&] { back(c); });
  };
  using C = BundleConfiguration<>;
  CHECK(message([](C& c) { c.text_length = -1; }) == "text_length is -1, expected >= 0");
  CHECK(message([](C& c) { c.key_spacing = 0; }) == "key_spacing is 0, expected >= 1");
  CHECK(message([](C& c) { c.gaps[0].between = 0; }) == "gaps[0].between is 0, expected >= 1");
  CHECK(message([](C& c) { c.gaps[0].spacing = 0; }) == "gaps[0].spacing is 0, expected >= 1");
  CHECK(message([](C& c) { c.given_frames = {1, -1}; }) == "given_frames[1] is -1, expected >= 0");
  CHECK(message([](C& c) { c.text_dropout = 1; }) == "text_dropout is 1, expected within [0, 1)");
  CHECK(message([](C& c) { c.frames_per_second = 0; }) == "frames_per_second is 0, expected > 0");
}
