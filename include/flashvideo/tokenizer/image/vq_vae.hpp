// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <utility>

#include "flashvideo/tokenizer/image/codebook.hpp"
#include "flashvideo/tokenizer/image/image_decoder.hpp"
#include "flashvideo/tokenizer/image/image_encoder.hpp"

namespace flashvideo {

/// Bytes to pixels: rgb / 127.5 - 1. One call converts one pixel.
template <typename Scalar>
struct PixelsFromBytes {
  const std::uint8_t* bytes;  ///< RGB
  Scalar* pixels;             ///< in [-1, 1]
  /// Pixel i.
  FLASHVIDEO_HOST_DEVICE void operator()(index_t i) const {
    for (index_t c = 3 * i; c < 3 * i + 3; ++c)
      pixels[c] = static_cast<Scalar>(bytes[c]) / Scalar(127.5) - Scalar{1};
  }
};

/// Pixels to bytes: 127.5 (x + 1), clamped to 0..255 and rounded to nearest. One call converts one pixel.
template <typename Scalar>
struct BytesFromPixels {
  const Scalar* pixels;  ///< near [-1, 1]
  std::uint8_t* bytes;   ///< RGB
  /// Pixel i.
  FLASHVIDEO_HOST_DEVICE void operator()(index_t i) const {
    for (index_t c = 3 * i; c < 3 * i + 3; ++c) {
      const Scalar raised = math::fma(pixels[c], Scalar(127.5), Scalar(128));
      const Scalar low = raised > Scalar{0} ? raised : Scalar{0};
      bytes[c] = static_cast<std::uint8_t>(static_cast<int>(low < Scalar(255) ? low : Scalar(255)));
    }
  }
};

/// Vector-quantised autoencoder (van den Oord et al., arXiv:1711.00937): an image becomes a grid of codes of
/// one codebook, and a grid of codes an image. The object holds sizes and places only; the parameters are one
/// flat array described by `layout()`.
///
/// Shapes: images (B H W, 3) as rgb / 127.5 - 1; ids (B, H/patch, W/patch), raster order.
/// @code
/// VqVae<> model{VqVaeConfiguration{}};
/// model.encode(backend, RowsProduct{}, values, extent, images, ids, workspace);
/// auto images = model.decode(backend, RowsProduct{}, values, cells, ids, workspace);
/// @endcode
/// @tparam Scalar float or double
/// @tparam Activation of nn/activation.hpp
template <typename Scalar = float, typename Activation = Relu>
class VqVae {
 public:
  using Encoder = ImageEncoder<Scalar, Activation>;  ///< images to latents
  using Decoder = ImageDecoder<Scalar, Activation>;  ///< code vectors to images

  /// @throws value_error naming the rule that the configuration breaks
  explicit VqVae(VqVaeConfiguration config)
      : config_(std::move(config)),
        encoder_(layout_, "encoder.", config_),
        codebook_(layout_, "codebook", config_.num_codes, config_.code_width),
        decoder_(layout_, "decoder.", config_) {}

  /// The grid of codes of images.
  ImageExtent cells_of(const ImageExtent& images) const {
    return {images.count, images.height / config_.patch(), images.width / config_.patch()};
  }

  /// Images (B H W, 3) to ids (B h w).
  template <ComputeBackend Backend, typename Product>
  void encode(const Backend& backend, Product product_kind, ParameterView<const Scalar> values,
              const ImageExtent& extent, MatrixView<const Scalar> images, token_t* ids,
              Workspace<Backend>& workspace) const {
    const auto mark = workspace.mark();
    const auto trace = encoder_.forward(backend, product_kind, values, extent, images, workspace);
    codebook_.nearest(backend, product_kind, values, trace.latents, ids, workspace);
    workspace.release(mark);
  }

  /// Ids (B h w) to images (B H W, 3), taken from the workspace.
  template <ComputeBackend Backend, typename Product>
  MatrixView<Scalar> decode(const Backend& backend, Product product_kind, ParameterView<const Scalar> values,
                            const ImageExtent& cells, const token_t* ids,
                            Workspace<Backend>& workspace) const {
    const auto codes = workspace.template take<Scalar>(Shape<2>{cells.rows(), codebook_.width()});
    codebook_.look_up(backend, values, ids, codes);
    return decoder_.forward(backend, product_kind, values, cells, codes, workspace).images;
  }

  /// Pixels that one code can change.
  ReceptiveField receptive_field() const { return decoder_.receptive_field(); }

  /// As it was given.
  const VqVaeConfiguration& configuration() const { return config_; }
  /// Names, shapes and places of the parameters.
  const ParameterLayout& layout() const { return layout_; }
  /// Images to latents.
  const Encoder& encoder() const { return encoder_; }
  /// Latents to ids, ids to code vectors.
  const Codebook<Scalar>& codebook() const { return codebook_; }
  /// Code vectors to images.
  const Decoder& decoder() const { return decoder_; }

 private:
  VqVaeConfiguration config_;
  ParameterLayout layout_;
  Encoder encoder_;
  Codebook<Scalar> codebook_;
  Decoder decoder_;
};

}  // namespace flashvideo
