// SPDX-License-Identifier: MIT
#include "flashvideo/generation/bundle_format.hpp"

#include "flashvideo/io/json_parser.hpp"
#include "support/catch.hpp"

using namespace flashvideo;

namespace {

std::string decoder(const std::string& text) {
  return generation_detail::decoder_of_format_1(parse_json(text)).dump();
}

}  // namespace

TEST_CASE("bundle format 1: a decoder's angles and decays are the policy's rules or the stored numbers") {
  CHECK(
      decoder(R"({"policy":"flashvideo","d_model":8})") ==
      R"({"policy":"flashvideo","d_model":8,"position":{"rule":"xpos","base":10000.0},"decay":{"rule":"horizon","shortest":32.0,"longest":0.0}})");
  CHECK(
      decoder(R"({"policy":"transformer","theta":[1,0.5]})") ==
      R"({"policy":"transformer","position":{"rule":"stored","theta":[1,0.5]},"decay":{"rule":"horizon","shortest":32.0,"longest":0.0}})");
  CHECK(decoder(R"({"policy":"retnet"})") ==
        R"({"policy":"flashvideo","position":{"rule":"xpos","base":10000.0},"decay":{"rule":"retnet"}})");
  const std::string stored =
      R"("position":{"rule":"xpos","base":10000.0},"decay":{"rule":"stored","lambda":[-1]})";
  CHECK(decoder(R"({"policy":"retnet","lambda":[-1]})") == R"({"policy":"flashvideo",)" + stored + "}");
  CHECK(decoder(R"({"lambda":[-1],"policy":"retnet"})") == R"({"policy":"flashvideo",)" + stored + "}");
}

TEST_CASE("bundle format 1: both decoders are brought up to date, a local encoder had no GroupNorm") {
  const Json now = generation_detail::bundle_of_format_1(parse_json(
      R"({"image_tokenizer":{"norm_groups":2},"key_frame_model":{"policy":"retnet"},"interpolation_model":"key_frame_model"})"));
  CHECK(now.at("image_tokenizer").at("norm_groups").as_integer() == 0);
  CHECK(now.at("key_frame_model").at("decay").at("rule").as_string() == "retnet");
  CHECK(now.at("interpolation_model").as_string() == "key_frame_model");
  const Json two = generation_detail::bundle_of_format_1(parse_json(
      R"({"image_tokenizer":{},"key_frame_model":{"policy":"a"},"interpolation_model":{"policy":"b","theta":[2]}})"));
  CHECK(two.at("interpolation_model").at("position").at("theta").dump() == "[2]");
}
