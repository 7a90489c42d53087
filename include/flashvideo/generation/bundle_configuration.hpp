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

/// The configuration out of its JSON (written by generation/bundle_writer.hpp).
/// @throws value_error naming a member that is missing or out of range
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
