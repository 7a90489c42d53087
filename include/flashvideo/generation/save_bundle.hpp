// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "flashvideo/generation/bundle_configuration.hpp"
#include "flashvideo/generation/video_model.hpp"
#include "flashvideo/io/json_field_writer.hpp"
#include "flashvideo/nn/parameter_writer.hpp"

namespace flashvideo {

/// Writes a model bundle (generation/video_model.hpp); it appears under its name only when complete.
/// @code save_bundle<Model>("mine.safetensors", configuration, values, DType::I8, {{"seed", "1"}}); @endcode
/// @tparam Model the `VideoModel` that shall read it
/// @param storage F32, BF16, F16 or I8 (matrices with a scale for each row); with I8 the image tokenizer,
///   whose codes must stay the ones that the decoder was trained on, is F32
/// @param provenance further metadata: how the model was trained
/// @throws value_error for a configuration that the reader would refuse, shape_error when values and configuration do not fit, io_error when the file cannot be written
template <typename Model>
void save_bundle(const std::string& path, const typename Model::Configuration& configuration,
                 const std::type_identity_t<typename Model::Values>& values, DType storage,
                 const std::vector<std::pair<std::string, std::string>>& provenance = {}) {
  configuration.check();
  SafetensorsWriter writer;
  writer.set_metadata("format", "flashvideo bundle");
  writer.set_metadata("format_version", "2");
  writer.set_metadata("configuration", to_json(configuration).dump());
  for (const auto& [key, text] : provenance) writer.set_metadata(key, text);
  const ParameterLayout image = Model::Picture::parameters(configuration.image_tokenizer);
  const typename Model::KeyDecoder key(configuration.key_frame_model);
  add_parameters<float>(writer, "image_tokenizer.", image, values.image_tokenizer,
                        storage == DType::I8 ? DType::F32 : storage);
  add_parameters<float>(writer, "key_frame_model.", key.layout(), values.key_frame, storage);
  if (!configuration.one_network) {
    const typename Model::GapDecoder gap(configuration.interpolation_model);
    add_parameters<float>(writer, "interpolation_model.", gap.layout(), values.interpolation, storage);
  }
  if constexpr (TextTokenizerWithBytes<typename Model::Text>) {
    const std::string& bytes = values.text_tokenizer;
    writer.add(Model::text_tokenizer_tensor, DType::U8, {static_cast<index_t>(bytes.size())},
               std::as_bytes(std::span(bytes)));
  }
  writer.write(path);
}

}  // namespace flashvideo
