// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/core/fields.hpp"
#include "flashvideo/io/image.hpp"
#include "flashvideo/nn/parameter_source.hpp"

namespace flashvideo {

/// What a model file holds of an image tokenizer beside its tensors: extents of its pictures and of its grid, the
/// number of codes, and whatever else it names in `visit` (core/fields.hpp).
template <typename Configuration>
concept ImageTokenizerConfiguration = std::default_initializable<Configuration> &&
    requires(Configuration& stored, const Configuration& c, Fields& fields) {
  { c.image_height } -> std::convertible_to<index_t>;
  { c.image_width } -> std::convertible_to<index_t>;
  { c.num_codes } -> std::convertible_to<index_t>;
  { c.grid_height() } -> std::convertible_to<index_t>;
  { c.grid_width() } -> std::convertible_to<index_t>;
  {stored.visit(fields)};
  {c.check()};
};

/// Turns pictures into codes 0 .. num_codes - 1, a grid for each, and back. Immutable, so that threads may share
/// one; equal pictures give equal codes in any batch.
///
/// | member | |
/// |---|---|
/// | `kind` | its name in model files |
/// | `Configuration` | what a model file holds of it (`ImageTokenizerConfiguration`) |
/// | `parameters(configuration)` | static: the layout of its tensors, empty if it has none |
/// | constructor | from a backend, a configuration and a `ParameterSource` of that layout |
/// | `configuration()` | the one it was made from |
/// | `encode_bytes(pixels)` | RGB bytes (T, height, width, 3) to tokens (T * grid cells), raster order |
/// | `decode_bytes(tokens)` | the way back |
///
/// `decode_bytes(tokens, workspace)`, where it is there, is called for videos frame by frame.
/// @tparam Tokenizer on that backend
template <typename Tokenizer, typename Backend>
concept ImageTokenizer = requires {
  typename Tokenizer::Configuration;
}
&&ImageTokenizerConfiguration<typename Tokenizer::Configuration>&& std::constructible_from<
    Tokenizer, const Backend&, const typename Tokenizer::Configuration&,
    const FlatParameters&>&& requires(const Tokenizer& tokenizer,
                                      const typename Tokenizer::Configuration& configuration,
                                      std::span<const std::uint8_t> pixels, std::span<const token_t> tokens) {
  { Tokenizer::kind } -> std::convertible_to<std::string>;
  { Tokenizer::parameters(configuration) } -> std::same_as<ParameterLayout>;
  { tokenizer.configuration() } -> std::convertible_to<const typename Tokenizer::Configuration&>;
  { tokenizer.encode_bytes(pixels) } -> std::same_as<std::vector<token_t>>;
  { tokenizer.decode_bytes(tokens) } -> std::same_as<std::vector<std::uint8_t>>;
};

/// How many images so many RGB bytes are.
/// @param owner stands at the beginning of the message
/// @throws shape_error when they are no whole number of images
template <ImageTokenizerConfiguration Configuration>
index_t images_in_bytes(std::size_t bytes, const Configuration& configuration, const char* owner) {
  const index_t image = 3 * configuration.image_height * configuration.image_width;
  const index_t count = static_cast<index_t>(bytes) / image;
  require<shape_error>(count * image == static_cast<index_t>(bytes),
                       "{}: {} bytes, expected a multiple of {} (one image)", owner, bytes, image);
  return count;
}

/// How many images these tokens are.
/// @param owner stands at the beginning of the message
/// @throws shape_error when they are no whole number of images
/// @throws value_error for an id that is no code
template <ImageTokenizerConfiguration Configuration>
index_t images_in_tokens(std::span<const token_t> tokens, const Configuration& configuration,
                         const char* owner) {
  const index_t image = configuration.grid_height() * configuration.grid_width();
  const index_t count = static_cast<index_t>(tokens.size()) / image;
  require<shape_error>(count * image == static_cast<index_t>(tokens.size()),
                       "{}: {} tokens, expected a multiple of {} (one image)", owner, tokens.size(), image);
  for (const token_t token : tokens) {
    require<value_error>(token >= 0 && token < configuration.num_codes,
                         "{}: token {} is no image code, expected 0..{}", owner, token,
                         configuration.num_codes - 1);
  }
  return count;
}

/// Images one after another, as RGB bytes (T, height, width, 3).
/// @param owner stands at the beginning of the message
/// @throws shape_error when an image has other extents than the configuration
template <ImageTokenizerConfiguration Configuration>
std::vector<std::uint8_t> pixels_of(std::span<const Image> images, const Configuration& configuration,
                                    const char* owner) {
  std::vector<std::uint8_t> bytes;
  for (const Image& image : images) {
    require<shape_error>(
        image.height() == configuration.image_height && image.width() == configuration.image_width,
        "{}: an image has {} x {} pixels, expected {} x {}", owner, image.width(), image.height(),
        configuration.image_width, configuration.image_height);
    bytes.insert(bytes.end(), image.bytes().begin(), image.bytes().end());
  }
  return bytes;
}

/// RGB bytes (T, height, width, 3) as images.
template <ImageTokenizerConfiguration Configuration>
std::vector<Image> images_of(std::span<const std::uint8_t> pixels, const Configuration& configuration) {
  const auto size = static_cast<std::size_t>(3 * configuration.image_height * configuration.image_width);
  std::vector<Image> images;
  images.reserve(pixels.size() / size);
  for (std::size_t first = 0; first < pixels.size(); first += size) {
    const auto part = pixels.subspan(first, size);
    images.emplace_back(configuration.image_height, configuration.image_width,
                        std::vector<std::uint8_t>(part.begin(), part.end()));
  }
  return images;
}

}  // namespace flashvideo
