// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// What the scripts of this folder write: a torchscale RetNetDecoder under "weight." + its own names, with
/// its sizes as JSON in the metadata "config".

#include <cstdio>
#include <string>
#include <vector>

#include "flashvideo/io/json_parser.hpp"
#include "flashvideo/io/safetensors_file.hpp"
#include "flashvideo/model/decoder_configuration.hpp"
#include "flashvideo/nn/parameter_file.hpp"
#include "support/peak_memory.hpp"

namespace flashvideo::peers {

inline DecoderConfiguration torchscale_configuration(const SafetensorsFile& file) {
  const Json json = parse_json(file.metadata("config"));
  DecoderConfiguration sizes;
  sizes.vocabulary = json.at("vocab_size").as_integer();
  sizes.d_model = json.at("decoder_embed_dim").as_integer();
  sizes.d_value = json.at("decoder_value_embed_dim").as_integer();
  sizes.d_feed_forward = json.at("decoder_ffn_embed_dim").as_integer();
  sizes.num_layers = json.at("decoder_layers").as_integer();
  sizes.num_heads = json.at("decoder_retention_heads").as_integer();
  sizes.epsilon = json.at("layernorm_eps").as_number();
  sizes.scale_embedding = !json.at("no_scale_embedding").as_bool();
  // each angle is stored twice, for both elements of its pair
  const std::vector<double> angles = file.read<double>("weight.retnet_rel_pos.angle");
  for (std::size_t j = 0; j < angles.size(); j += 2) sizes.position.theta.push_back(angles[j]);
  sizes.position.rule = sizes.decay.rule = "stored";
  sizes.decay.lambda = file.read<double>("weight.retnet_rel_pos.decay");
  return sizes;
}

inline std::vector<float> torchscale_values(const SafetensorsFile& file, const ParameterLayout& layout) {
  refuse_extra_tensors(file, "weight.", layout,
                       {"weight.retnet_rel_pos.angle", "weight.retnet_rel_pos.decay"});
  return read_parameters<float>(file, "weight.", layout);
}

/// "tokens" of any shape, flat.
inline std::vector<token_t> torchscale_tokens(const SafetensorsFile& file) {
  std::vector<token_t> tokens;
  for (const auto id : file.read<std::int64_t>("tokens")) tokens.push_back(static_cast<token_t>(id));
  return tokens;
}

/// The answer to the line "memory": largest resident size since the model was loaded, MiB.
inline void print_peak_memory() {
  std::printf("%.1f\n", static_cast<double>(test::peak_memory_kib()) / 1024);
}

}  // namespace flashvideo::peers
