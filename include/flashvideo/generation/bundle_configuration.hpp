// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "flashvideo/io/json.hpp"
#include "flashvideo/model/decoder_configuration.hpp"
#include "flashvideo/sequence/trained_gap.hpp"
#include "flashvideo/sequence/vocabulary.hpp"
#include "flashvideo/tokenizer/image/vq_vae_config.hpp"

namespace flashvideo {

/// What a model bundle says of itself, beside its tensors; the metadata "configuration" of the file, as JSON.
struct BundleConfiguration {
  std::vector<std::string> words;  ///< vocabulary of the word tokenizer
  VqVaeConfig image_tokenizer{};
  std::string key_frame_policy;  ///< name of the key-frame model's policy
  DecoderConfiguration key_frame_model{};
  bool one_network = true;  ///< the key-frame model interpolates too
  std::string interpolation_policy;
  DecoderConfiguration interpolation_model{};  ///< equal to key_frame_model for one network
  index_t num_text_tokens = 0;
  index_t text_length =
      0;  ///< text tokens before each frame: shorter sentences are filled up; 0: as many as there are
  index_t num_serials = 5;         ///< M
  index_t key_spacing = 4;         ///< display frames between the key frames that were trained
  index_t carried = 2;             ///< key frames that a segment takes over from the one before
  std::vector<TrainedGap> gaps{};  ///< what the interpolation was trained for
  double frames_per_second = 8;    ///< of the clips that were trained

  /// A sentence's ids at the length that the model was trained with. A fixed length puts the same place of
  /// successive frames the same number of tokens apart, which retention learns far sooner than a distance
  /// that differs from sentence to sentence. Id 0, a byte that no sentence contains, fills up; longer
  /// sentences stay as they are.
  std::vector<token_t> fixed_length(std::vector<token_t> ids) const {
    if (static_cast<index_t>(ids.size()) < text_length) ids.resize(static_cast<std::size_t>(text_length), 0);
    return ids;
  }

  VocabularyLayout vocabulary() const {
    return VocabularyLayout(image_tokenizer.num_codes, num_text_tokens, num_serials);
  }
};

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

inline DecoderConfiguration decoder_from_json(const Json& json) {
  DecoderConfiguration c;
  c.vocabulary = json.at("vocabulary").as_integer();
  c.first_output = json.at("first_output").as_integer();
  c.outputs = json.at("outputs").as_integer();
  c.d_model = json.at("d_model").as_integer();
  c.d_value = json.at("d_value").as_integer();
  c.d_feed_forward = json.at("d_feed_forward").as_integer();
  c.num_layers = json.at("num_layers").as_integer();
  c.num_heads = json.at("num_heads").as_integer();
  c.longest_sequence = json.at("longest_sequence").as_integer();
  c.epsilon = json.at("epsilon").as_number();
  c.scale_embedding = json.at("scale_embedding").as_bool();
  const auto numbers = [&json](const char* name) {
    std::vector<double> result;
    if (const Json* stored = json.find(name)) {
      for (const Json& number : stored->as_array()) result.push_back(number.as_number());
    }
    return result;
  };
  c.theta = numbers("theta");
  c.lambda = numbers("lambda");
  c.check();
  return c;
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

inline VqVaeConfig image_tokenizer_from_json(const Json& json) {
  const std::string& kind = json.at("kind").as_string();
  const std::string& encoder = json.at("encoder").as_string();
  require<value_error>(kind == "vq_vae" && encoder == "local",
                       "image tokenizer is a \"{}\" with the encoder \"{}\", expected a vq_vae with local",
                       kind, encoder);
  VqVaeConfig c;
  c.image_height = json.at("image_height").as_integer();
  c.image_width = json.at("image_width").as_integer();
  c.num_codes = json.at("num_codes").as_integer();
  c.code_width = json.at("code_width").as_integer();
  c.encoder_channels.clear();
  for (const Json& channels : json.at("encoder_channels").as_array()) {
    c.encoder_channels.push_back(channels.as_integer());
  }
  c.encoder_blocks = json.at("encoder_blocks").as_integer();
  c.encoder_hidden = json.at("encoder_hidden").as_integer();
  c.decoder.clear();
  for (const Json& item : json.at("decoder").as_array()) {
    c.decoder.push_back({item.at("channels").as_integer(), item.at("blocks").as_integer(),
                         item.at("hidden").as_integer(), item.at("upsample").as_integer(),
                         item.at("overlaps").as_bool()});
  }
  c.block_bias = json.at("block_bias").as_bool();
  c.norm_groups = json.at("norm_groups").as_integer();
  check(c);
  return c;
}

}  // namespace detail

/// The configuration as JSON, and back. @throws value_error naming a member that is missing or out of range
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

inline BundleConfiguration bundle_from_json(const Json& json) {
  BundleConfiguration c;
  const Json& text = json.at("text_tokenizer");
  require<value_error>(text.at("kind").as_string() == "words",
                       "text tokenizer kind is \"{}\", expected \"words\"", text.at("kind").as_string());
  for (const Json& word : text.at("words").as_array()) c.words.push_back(word.as_string());
  c.image_tokenizer = detail::image_tokenizer_from_json(json.at("image_tokenizer"));
  const Json& key = json.at("key_frame_model");
  c.key_frame_policy = key.at("policy").as_string();
  c.key_frame_model = detail::decoder_from_json(key);
  const Json& gap = json.at("interpolation_model");
  c.one_network = gap.is_string();
  c.interpolation_policy = c.one_network ? c.key_frame_policy : gap.at("policy").as_string();
  c.interpolation_model = c.one_network ? c.key_frame_model : detail::decoder_from_json(gap);
  c.num_text_tokens = json.at("num_text_tokens").as_integer();
  c.text_length = json.at("text_length").as_integer();
  require<value_error>(c.text_length >= 0, "text_length is {}, expected >= 0", c.text_length);
  c.num_serials = json.at("num_serials").as_integer();
  c.key_spacing = json.at("key_spacing").as_integer();
  c.carried = json.at("carried").as_integer();
  for (const Json& item : json.at("gaps").as_array()) {
    c.gaps.push_back({item.at("between").as_integer(), item.at("spacing").as_integer()});
  }
  c.frames_per_second = json.at("frames_per_second").as_number();
  const VocabularyLayout vocabulary = c.vocabulary();
  for (const DecoderConfiguration* model : {&c.key_frame_model, &c.interpolation_model}) {
    require<value_error>(model->vocabulary == vocabulary.size() && model->first_output == 0 &&
                             model->head_outputs() == vocabulary.num_image_codes(),
                         "a decoder has a vocabulary of {} and {} outputs, expected {} and {}",
                         model->vocabulary, model->head_outputs(), vocabulary.size(),
                         vocabulary.num_image_codes());
  }
  return c;
}

}  // namespace flashvideo
