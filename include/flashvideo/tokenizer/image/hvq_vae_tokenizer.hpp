// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "flashvideo/tokenizer/image/hvq_vae.hpp"
#include "flashvideo/tokenizer/image/image_tokenizer.hpp"

namespace flashvideo {

/// Means and deviations of the three colours.
template <typename Scalar>
struct ColourScale {
  Scalar mean[3]{};       ///< of red, green, blue in [0, 1]
  Scalar deviation[3]{};  ///< likewise, > 0
};

/// Bytes to pixels: (rgb / 255 - mean) / deviation. One call converts one pixel.
template <typename Scalar>
struct NormalFromBytes {
  ColourScale<Scalar> scale;  ///< of the configuration
  const std::uint8_t* bytes;  ///< RGB
  Scalar* pixels;             ///< of mean 0, about
  /// Pixel i.
  FLASHVIDEO_HOST_DEVICE void operator()(index_t i) const {
    for (int c = 0; c < 3; ++c)
      pixels[3 * i + c] =
          (static_cast<Scalar>(bytes[3 * i + c]) / Scalar(255) - scale.mean[c]) / scale.deviation[c];
  }
};

/// Pixels to colours, in place: x deviation + mean, near [0, 1]. One call converts one pixel.
template <typename Scalar>
struct ColoursFromNormal {
  ColourScale<Scalar> scale;  ///< of the configuration
  Scalar* pixels;             ///< (R, 3)
  /// Pixel i.
  FLASHVIDEO_HOST_DEVICE void operator()(index_t i) const {
    for (int c = 0; c < 3; ++c)
      pixels[3 * i + c] = math::fma(pixels[3 * i + c], scale.deviation[c], scale.mean[c]);
  }
};

/// Colours to bytes: 255 (x - low) / (high - low), clamped to 0..255 and rounded to nearest. One call converts one pixel.
template <typename Scalar>
struct BytesFromColours {
  const Scalar* pixels;  ///< RGB
  std::uint8_t* bytes;   ///< RGB
  Scalar low{0};         ///< becomes 0
  Scalar high{1};        ///< becomes 255
  /// Pixel i.
  FLASHVIDEO_HOST_DEVICE void operator()(index_t i) const {
    const Scalar range = high - low > Scalar(1e-5) ? high - low : Scalar(1e-5);
    for (index_t c = 3 * i; c < 3 * i + 3; ++c) {
      const Scalar raised = math::fma((pixels[c] - low) / range, Scalar(255), Scalar(0.5));
      const Scalar above = raised > Scalar{0} ? raised : Scalar{0};
      bytes[c] = static_cast<std::uint8_t>(static_cast<int>(above < Scalar(255) ? above : Scalar(255)));
    }
  }
};

/// icetk's image tokenizer: an `HvqVae` with its parameters that turns images into tokens and back at the rate of its
/// configuration. It is immutable, so any number of threads share one; both directions sum in the canonical order, so
/// tokens and pixels are the same for any batch, number of threads and instruction set. One image at a time is in
/// memory.
///
/// Tokens: ids in [0, num_codes), `tokens_per_image()` for each image, raster order.
/// @code
/// const HvqVaeTokenizer<Cpu> tokenizer(cpu, configuration, HvqVaeFile(file, configuration));
/// std::vector<token_t> tokens = tokenizer.encode(images);
/// std::vector<Image> decoded = tokenizer.decode(tokens);
/// @endcode
/// @tparam Backend where it computes
template <ComputeBackend Backend>
class HvqVaeTokenizer {
 public:
  using Configuration = HvqVaeConfiguration;      ///< its sizes
  using Model = HvqVae<float>;                    ///< the network
  static constexpr const char* kind = "hvq_vae";  ///< in model files

  /// The layout of the network's parameters.
  /// @throws value_error when the sizes break a rule
  static ParameterLayout parameters(const Configuration& configuration) {
    return Model(configuration).layout();
  }

  /// @param source of the parameters; not needed afterwards
  /// @throws value_error naming the rule that the configuration breaks
  template <ParameterSource Source>
  HvqVaeTokenizer(const Backend& backend, const Configuration& configuration, const Source& source)
      : backend_(backend),
        model_(configuration),
        values_(backend_.template allocate<float>(model_.layout().size())) {
    upload_parameters(backend_, model_.layout(), source, values_.data());
    for (std::size_t c = 0; c < 3; ++c) {
      scale_.mean[c] = static_cast<float>(configuration.mean[c]);
      scale_.deviation[c] = static_cast<float>(configuration.deviation[c]);
    }
  }

  /// Tokens of images, one image's after another's.
  /// @throws shape_error when an image has another size than the configured one
  std::vector<token_t> encode(std::span<const Image> images) const {
    return encode_bytes(pixels_of(images, configuration(), "HvqVaeTokenizer::encode"));
  }

  /// Tokens of images given as RGB bytes (T, height, width, 3).
  /// @throws shape_error when the bytes are no whole number of images
  std::vector<token_t> encode_bytes(std::span<const std::uint8_t> bytes) const {
    const index_t count = images_in_bytes(bytes.size(), configuration(), "HvqVaeTokenizer::encode_bytes");
    std::vector<token_t> tokens(static_cast<std::size_t>(count * tokens_per_image()));
    Workspace<Backend> workspace(backend_);
    for (index_t i = 0; i < count; ++i)
      encode_one(bytes.data() + i * image_bytes(), tokens.data() + i * tokens_per_image(), workspace);
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
    const index_t count = images_in_tokens(tokens, configuration(), "HvqVaeTokenizer::decode");
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(count * image_bytes()));
    for (index_t i = 0; i < count; ++i) {
      const auto mark = workspace.mark();
      const auto ids = workspace.template take<token_t>(Shape<1>{tokens_per_image()});
      const auto device_bytes = workspace.template take<std::uint8_t>(Shape<2>{extent().rows(), 3});
      backend_.upload(ids.data(), tokens.data() + i * tokens_per_image(), ids.size());
      const auto pixels = model_.decode(backend_, RowsProduct{}, values(), {1, grid_height(), grid_width()},
                                        ids.data(), workspace);
      backend_.for_each(pixels.rows(), ColoursFromNormal<float>{scale_, pixels.data()}, 3);
      BytesFromColours<float> to_bytes{pixels.data(), device_bytes.data()};
      if (configuration().stretches_contrast) {
        std::vector<float> host(static_cast<std::size_t>(pixels.size()));
        backend_.download(host.data(), static_cast<const float*>(pixels.data()), pixels.size());
        const auto [low, high] = std::minmax_element(host.begin(), host.end());
        to_bytes.low = *low;
        to_bytes.high = *high;
      }
      backend_.for_each(pixels.rows(), to_bytes, 3);
      backend_.download(bytes.data() + i * image_bytes(),
                        static_cast<const std::uint8_t*>(device_bytes.data()), device_bytes.size());
      workspace.release(mark);
    }
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
  /// As it was given.
  const Configuration& configuration() const { return model_.configuration(); }
  /// Of the parameters.
  const ParameterLayout& layout() const { return model_.layout(); }
  /// The network.
  const Model& model() const { return model_; }

  /// The parameters in host memory, the flat array of `layout()`.
  std::vector<float> host_values() const {
    std::vector<float> host(static_cast<std::size_t>(layout().size()));
    backend_.download(host.data(), static_cast<const float*>(values_.data()), layout().size());
    return host;
  }

 private:
  ParameterView<const float> values() const { return ParameterView<const float>(values_.data()); }
  ImageExtent extent() const { return {1, configuration().image_height, configuration().image_width}; }
  index_t image_bytes() const { return 3 * extent().rows(); }

  void encode_one(const std::uint8_t* bytes, token_t* tokens, Workspace<Backend>& workspace) const {
    const auto mark = workspace.mark();
    const auto device_bytes = workspace.template take<std::uint8_t>(Shape<2>{extent().rows(), 3});
    const auto pixels = workspace.template take<float>(Shape<2>{extent().rows(), 3});
    const auto ids = workspace.template take<token_t>(Shape<1>{tokens_per_image()});
    backend_.upload(device_bytes.data(), bytes, device_bytes.size());
    backend_.for_each(extent().rows(), NormalFromBytes<float>{scale_, device_bytes.data(), pixels.data()}, 3);
    model_.encode(backend_, RowsProduct{}, values(), extent(), pixels, ids.data(), workspace);
    backend_.download(tokens, static_cast<const token_t*>(ids.data()), ids.size());
    workspace.release(mark);
  }

  Backend backend_;
  Model model_;
  ColourScale<float> scale_;
  typename Backend::template Buffer<float> values_;
};

}  // namespace flashvideo
