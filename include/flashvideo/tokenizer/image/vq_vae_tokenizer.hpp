// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "flashvideo/tokenizer/image/image_tokenizer.hpp"
#include "flashvideo/tokenizer/image/vq_vae.hpp"

namespace flashvideo {

/// A trained VQ-VAE that turns images into tokens and back. It is immutable, so any number of threads share
/// one; both directions sum in the canonical order, so tokens and pixels are the same for any batch, number
/// of threads and instruction set.
///
/// Tokens: ids in [0, num_codes), `tokens_per_image()` for each image, raster order.
/// @code
/// VqVaeTokenizer<Cpu> tokenizer(cpu, VqVae<>(config), values);
/// std::vector<token_t> tokens = tokenizer.encode(images);
/// std::vector<Image> decoded = tokenizer.decode(tokens);
/// @endcode
/// @tparam Backend where it computes
/// @tparam Activation of the VqVae
template <ComputeBackend Backend, typename Activation = Relu>
class VqVaeTokenizer {
 public:
  using Model = VqVae<float, Activation>;        ///< the network
  using Configuration = VqVaeConfiguration;      ///< its sizes
  static constexpr const char* kind = "vq_vae";  ///< in model files

  /// The layout of the network's parameters.
  /// @throws value_error when the sizes break a rule
  static ParameterLayout parameters(const Configuration& configuration) {
    return Model(configuration).layout();
  }

  /// @param source of the parameters; not needed afterwards
  template <ParameterSource Source>
  VqVaeTokenizer(const Backend& backend, const Configuration& configuration, const Source& source)
      : VqVaeTokenizer(backend, Model(configuration), source) {}

  /// @param source of the parameters; not needed afterwards
  template <ParameterSource Source>
  VqVaeTokenizer(const Backend& backend, Model model, const Source& source)
      : backend_(backend),
        model_(std::move(model)),
        values_(backend_.template allocate<float>(model_.layout().size())) {
    upload_parameters(backend_, model_.layout(), source, values_.data());
  }
  /// @param values the flat array of `model.layout()`, in host memory; not needed afterwards
  /// @throws shape_error when it has another size
  VqVaeTokenizer(const Backend& backend, const Model& model, std::span<const float> values)
      : VqVaeTokenizer(backend, model, FlatParameters(model.layout(), values, "VqVaeTokenizer")) {}

  /// Tokens of images, one image's after another's.
  /// @throws shape_error when an image has another size than the configured one
  std::vector<token_t> encode(std::span<const Image> images) const {
    return encode_bytes(pixels_of(images, configuration(), "VqVaeTokenizer::encode"));
  }

  /// Tokens of images given as RGB bytes (T, height, width, 3).
  /// @throws shape_error when the bytes are no whole number of images
  std::vector<token_t> encode_bytes(std::span<const std::uint8_t> bytes) const {
    const Configuration& config = configuration();
    const index_t image_bytes = 3 * config.image_height * config.image_width;
    const index_t count = images_in_bytes(bytes.size(), config, "VqVaeTokenizer::encode_bytes");
    std::vector<token_t> tokens(static_cast<std::size_t>(count * tokens_per_image()));
    Workspace<Backend> workspace(backend_);
    for (index_t first = 0; first < count; first += images_at_once) {
      workspace.release();
      const ImageExtent extent{(std::min)(images_at_once, count - first), config.image_height,
                               config.image_width};
      const auto device_bytes = workspace.template take<std::uint8_t>(Shape<2>{extent.rows(), 3});
      const auto pixels = workspace.template take<float>(Shape<2>{extent.rows(), 3});
      const auto ids = workspace.template take<token_t>(Shape<1>{extent.count * tokens_per_image()});
      backend_.upload(device_bytes.data(), bytes.data() + first * image_bytes, device_bytes.size());
      backend_.for_each(extent.rows(), PixelsFromBytes<float>{device_bytes.data(), pixels.data()}, 3);
      model_.encode(backend_, RowsProduct{}, values(), extent, pixels, ids.data(), workspace);
      backend_.download(tokens.data() + first * tokens_per_image(), static_cast<const token_t*>(ids.data()),
                        ids.size());
    }
    return tokens;
  }

  /// Images of tokens.
  /// @throws shape_error when they are no whole number of images
  /// @throws value_error for an id that is no code
  std::vector<Image> decode(std::span<const token_t> tokens) const {
    Workspace<Backend> workspace(backend_);
    return decode(tokens, workspace);
  }
  /// The same with a workspace that many calls share, for videos frame by frame.
  std::vector<Image> decode(std::span<const token_t> tokens, Workspace<Backend>& workspace) const {
    return images_of(decode_bytes(tokens, workspace), configuration());
  }

  /// RGB bytes (T, height, width, 3) of tokens.
  /// @throws shape_error when they are no whole number of images
  /// @throws value_error for an id that is no code
  std::vector<std::uint8_t> decode_bytes(std::span<const token_t> tokens) const {
    Workspace<Backend> workspace(backend_);
    return decode_bytes(tokens, workspace);
  }
  /// The same with a workspace that many calls share.
  std::vector<std::uint8_t> decode_bytes(std::span<const token_t> tokens,
                                         Workspace<Backend>& workspace) const {
    const Configuration& config = configuration();
    const index_t count = images_in_tokens(tokens, config, "VqVaeTokenizer::decode");
    const index_t image_bytes = 3 * config.image_height * config.image_width;
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(count * image_bytes));
    const auto mark = workspace.mark();
    for (index_t first = 0; first < count; first += images_at_once) {
      workspace.release(mark);
      const ImageExtent cells{(std::min)(images_at_once, count - first), config.grid_height(),
                              config.grid_width()};
      const auto ids = workspace.template take<token_t>(Shape<1>{cells.rows()});
      backend_.upload(ids.data(), tokens.data() + first * tokens_per_image(), ids.size());
      const auto pixels = model_.decode(backend_, RowsProduct{}, values(), cells, ids.data(), workspace);
      const auto device_bytes = workspace.template take<std::uint8_t>(pixels.shape());
      backend_.for_each(pixels.rows(), BytesFromPixels<float>{pixels.data(), device_bytes.data()}, 3);
      backend_.download(bytes.data() + first * image_bytes,
                        static_cast<const std::uint8_t*>(device_bytes.data()), device_bytes.size());
    }
    workspace.release(mark);
    return bytes;
  }

  /// Cells of the grid.
  index_t tokens_per_image() const { return configuration().tokens_per_image(); }
  /// @{
  /// Cells of the grid along an axis.
  index_t grid_height() const { return configuration().grid_height(); }
  index_t grid_width() const { return configuration().grid_width(); }
  /// @}
  /// Codes of the codebook; tokens are below.
  index_t num_codes() const { return configuration().num_codes; }
  /// The network's.
  const Configuration& configuration() const { return model_.configuration(); }
  /// The network.
  const Model& model() const { return model_; }

  /// The parameters in host memory, the flat array of `model().layout()`.
  std::vector<float> host_values() const {
    std::vector<float> host(static_cast<std::size_t>(model_.layout().size()));
    backend_.download(host.data(), static_cast<const float*>(values_.data()), model_.layout().size());
    return host;
  }

 private:
  static constexpr index_t images_at_once = 8;  // bounds the memory of a long video

  ParameterView<const float> values() const { return ParameterView<const float>(values_.data()); }

  Backend backend_;
  Model model_;
  typename Backend::template Buffer<float> values_;
};

}  // namespace flashvideo
