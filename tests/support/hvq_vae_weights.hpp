// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// A reduced HvqVae and weights for it that follow from the names alone, so that a Python program has the very same
/// (tests/golden/icetk/README.md).

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "flashvideo/io/safetensors_writer.hpp"
#include "flashvideo/tokenizer/image/hvq_vae.hpp"

namespace flashvideo::test {

/// icetk's graph with 32 channels instead of 128, pictures of 32 x 48 pixels.
inline HvqVaeConfiguration small_hvq_vae(index_t rate = 8) {
  HvqVaeConfiguration configuration = HvqVaeConfiguration::icetk();
  configuration.image_height = 48;
  configuration.image_width = 32;
  configuration.compress_rate = rate;
  configuration.channels = 32;
  configuration.latent_channels = 24;
  configuration.code_width = 40;
  configuration.num_codes = 96;
  return configuration;
}

/// The smallest that has every branch: rates 2 and 4, an attention within a level, channels that change.
inline HvqVaeConfiguration tiny_hvq_vae(index_t rate = 4) {
  HvqVaeConfiguration configuration;
  configuration.image_height = 12;
  configuration.image_width = 8;
  configuration.compress_rate = rate;
  configuration.channels = 4;
  configuration.norm_groups = 2;
  configuration.encoder_multipliers = {1, 2};
  configuration.decoders = {{.multipliers = {1, 1, 2}}, {.multipliers = {1, 2}, .blocks = 2}};
  configuration.nominal_extent = 16;
  configuration.attention_extent = 4;
  configuration.latent_channels = 3;
  configuration.code_width = 5;
  configuration.num_codes = 30;
  return configuration;
}

/// Number i of a tensor, in [-1, 1): a hash of the name and i.
inline float hashed_number(const std::string& name, std::uint32_t i) {
  std::uint32_t x = 2166136261U;
  for (const char letter : name) x = (x ^ static_cast<unsigned char>(letter)) * 16777619U;
  x += i * 0x9E3779B9U;
  x = (x ^ (x >> 16)) * 0x85EBCA6BU;
  x = (x ^ (x >> 13)) * 0xC2B2AE35U;
  x ^= x >> 16;
  return static_cast<float>(static_cast<std::int32_t>(x >> 8) - (1 << 23)) / static_cast<float>(1 << 23);
}

/// The tensor in PyTorch's order of axes: convolutions of variance 1 / fan-in, scales near 1, biases near 0.
inline std::vector<float> hashed_tensor(const std::string& name, const std::vector<index_t>& shape) {
  index_t size = 1;
  for (const index_t extent : shape) size *= extent;
  std::vector<float> numbers(static_cast<std::size_t>(size));
  const bool is_weight = name.ends_with(".weight");
  const double fan_in =
      shape.size() == 4 ? static_cast<double>(shape[1] * shape[2] * shape[3]) : 1;  // of a convolution
  const auto gain = static_cast<float>(std::sqrt(3.0 / fan_in));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const float u = hashed_number(name, static_cast<std::uint32_t>(i));
    numbers[i] = shape.size() == 4   ? u * gain
                 : shape.size() == 2 ? u
                 : is_weight         ? 1 + 0.25F * u
                                     : 0.125F * u;
  }
  return numbers;
}

/// A source of the hashed numbers.
struct HashedParameters {
  void operator()(const ParameterLayout::Entry& entry, std::span<float> out) const {
    const auto numbers = hashed_tensor(entry.name, entry.shape);
    std::copy(numbers.begin(), numbers.end(), out.begin());
  }
};

/// A file as icetk's: all tensors of the model by name, (d_out, d_in, k, k), those included that nothing uses.
/// @param leave_out a tensor that is not written
/// @param extra one more
inline void write_icetk_file(const std::string& path, const HvqVaeConfiguration& configuration,
                             const std::string& leave_out = "", const std::string& extra = "") {
  const HvqVae<float> model(configuration);
  SafetensorsWriter writer;
  const auto add = [&](const std::string& name, const std::vector<index_t>& shape) {
    if (name != leave_out) writer.add_owned<float>(name, shape, hashed_tensor(name, shape));
  };
  for (const auto& entry : model.layout().entries()) {
    std::vector<index_t> shape = entry.shape;
    if (shape.size() == 4) shape = {shape[0], shape[3], shape[1], shape[2]};
    add(entry.name, shape);
  }
  for (const auto& tensor : model.unused_tensors()) add(tensor.name, tensor.shape);
  if (!extra.empty()) add(extra, {3});
  writer.write(path);
}

}  // namespace flashvideo::test
