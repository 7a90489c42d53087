// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>

#include "flashvideo/generation/bundle_configuration.hpp"
#include "flashvideo/io/json.hpp"

namespace flashvideo {

namespace detail {

inline Json decoder_to_json(const std::string& policy, const DecoderConfiguration& c) {
  Json json = Json::object();
  json.set("policy", policy);
  json.set("vocabulary", c.vocabulary).set("first_output", c.first_output).set("outputs", c.outputs);
  json.set("d_model", c.d_model).set("d_value", c.d_value).set("d_feed_forward", c.d_feed_forward);
  json.set("num_layers", c.num_layers).set("num_heads", c.num_heads);
  json.set("longest_sequence", c.longest_sequence).set("epsilon", c.epsilon);
  json.set("scale_embedding", c.scale_embedding);
  if (!c.theta.empty()) json.set("theta", Json::array_of(c.theta));
  if (!c.lambda.empty()) json.set("lambda", Json::array_of(c.lambda));
  return json;
}

inline Json image_tokenizer_to_json(const VqVaeConfig& c) {
  Json decoder = Json::array();
  for (const DecoderStage& stage : c.decoder) {
    Json item = Json::object();
    item.set("channels", stage.channels).set("blocks", stage.blocks).set("hidden", stage.hidden);
    item.set("upsample", stage.upsample).set("overlaps", stage.overlaps);
    decoder.push_back(std::move(item));
  }
  Json json = Json::object();
  json.set("kind", "vq_vae").set("encoder", "local");
  json.set("image_height", c.image_height).set("image_width", c.image_width);
  json.set("num_codes", c.num_codes).set("code_width", c.code_width);
  json.set("encoder_channels", Json::array_of(c.encoder_channels));
  json.set("encoder_blocks", c.encoder_blocks).set("encoder_hidden", c.encoder_hidden);
  json.set("decoder", std::move(decoder));
  json.set("block_bias", c.block_bias).set("norm_groups", c.norm_groups);
  return json;
}

}  // namespace detail

/// The configuration as JSON, which `bundle_from_json` reads.
inline Json to_json(const BundleConfiguration& c) {
  Json gaps = Json::array();
  for (const TrainedGap& gap : c.gaps) {
    gaps.push_back(Json::object().set("between", gap.between).set("spacing", gap.spacing));
  }
  Json json = Json::object();
  json.set("text_tokenizer", Json::object().set("kind", "words").set("words", Json::array_of(c.words)));
  json.set("image_tokenizer", detail::image_tokenizer_to_json(c.image_tokenizer));
  json.set("key_frame_model", detail::decoder_to_json(c.key_frame_policy, c.key_frame_model));
  if (c.one_network) {
    json.set("interpolation_model", "key_frame_model");
  } else {
    json.set("interpolation_model", detail::decoder_to_json(c.interpolation_policy, c.interpolation_model));
  }
  json.set("num_text_tokens", c.num_text_tokens).set("text_length", c.text_length);
  json.set("num_serials", c.num_serials);
  json.set("key_spacing", c.key_spacing).set("carried", c.carried);
  json.set("gaps", std::move(gaps)).set("frames_per_second", c.frames_per_second);
  return json;
}

}  // namespace flashvideo
