// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "flashvideo/tokenizer/image/codebook.hpp"
#include "flashvideo/tokenizer/image/hvq_vae_decoder.hpp"
#include "flashvideo/tokenizer/image/hvq_vae_encoder.hpp"

namespace flashvideo {

/// icetk's hierarchical vector-quantised autoencoder, for inference: one encoder and one codebook for several rates, a
/// decoder for each (THUDM/icetk, `icetk/vqvae`, MIT; CogVideo, arXiv:2205.15868). Tokens are the codes nearest to the
/// projected latents, |z|^2 - 2 z.e + |e|^2, ties to the lowest id.
///
/// Parameters: `layout()`, by icetk's names; convolutions' weights lie (d_out, k, k, d_in), so icetk's own files are
/// read through `HvqVaeFile`. Shapes: images (B H W, 3), (rgb - mean) / deviation; ids (B, H/rate, W/rate), raster order.
/// @code
/// HvqVae<> model(HvqVaeConfiguration::icetk());
/// model.encode(backend, RowsProduct{}, values, extent, images, ids, workspace);
/// auto images = model.decode(backend, RowsProduct{}, values, cells, ids, workspace);
/// @endcode
/// @tparam Scalar float or double
template <typename Scalar = float>
class HvqVae {
 public:
  /// @throws value_error naming the rule that the configuration breaks
  explicit HvqVae(HvqVaeConfiguration configuration)
      : configuration_(checked(std::move(configuration))),
        encoder_(layout_, configuration_),
        project_(layout_, "quantize.proj", configuration_.latent_channels, configuration_.code_width,
                 {.gain = 0.7}),
        codebook_(layout_, "quantize.embed.weight", configuration_.num_codes, configuration_.code_width) {
    for (std::size_t i = 0; i < configuration_.decoders.size(); ++i) {
      decoders_.emplace_back(layout_, "decs." + std::to_string(i), configuration_,
                             configuration_.decoders[i]);
    }
  }

  /// The grid of codes of images.
  ImageExtent cells_of(const ImageExtent& images) const {
    return encoder_.cells_of(images, configuration_.halvings());
  }

  /// Projected latents (B h w, code_width) of images (B H W, 3), taken from the workspace.
  template <ComputeBackend Backend, typename Product>
  MatrixView<Scalar> latents(const Backend& backend, Product product_kind, ParameterView<const Scalar> values,
                             const ImageExtent& extent, MatrixView<const Scalar> images,
                             Workspace<Backend>& workspace) const {
    const ImageExtent cells = cells_of(extent);
    const auto projected = workspace.template take<Scalar>(Shape<2>{cells.rows(), project_.d_out()});
    const auto mark = workspace.mark();
    const auto encoded = workspace.template take<Scalar>(Shape<2>{cells.rows(), project_.d_in()});
    encoder_.forward(backend, product_kind, values, extent, images, configuration_.halvings(), encoded,
                     workspace);
    project_.forward(backend, product_kind, values, cells, encoded, projected, workspace);
    workspace.release(mark);
    return projected;
  }

  /// Images (B H W, 3) to ids (B h w).
  template <ComputeBackend Backend, typename Product>
  void encode(const Backend& backend, Product product_kind, ParameterView<const Scalar> values,
              const ImageExtent& extent, MatrixView<const Scalar> images, token_t* ids,
              Workspace<Backend>& workspace) const {
    const auto mark = workspace.mark();
    const auto z = latents(backend, product_kind, values, extent, images, workspace);
    codebook_.nearest(backend, product_kind, values, z, ids, workspace);
    workspace.release(mark);
  }

  /// Ids (B h w) to images (B H W, 3), not clamped, taken from the workspace.
  template <ComputeBackend Backend, typename Product>
  MatrixView<Scalar> decode(const Backend& backend, Product product_kind, ParameterView<const Scalar> values,
                            const ImageExtent& cells, const token_t* ids,
                            Workspace<Backend>& workspace) const {
    const HvqVaeDecoder<Scalar>& decoder = decoders_[decoders_.size() - 1 - configuration_.halvings()];
    const auto images = workspace.template take<Scalar>(Shape<2>{decoder.images_of(cells).rows(), 3});
    const auto mark = workspace.mark();
    const auto codes = workspace.template take<Scalar>(Shape<2>{cells.rows(), codebook_.width()});
    codebook_.look_up(backend, values, ids, codes);
    decoder.forward(backend, product_kind, values, cells, codes, images, workspace);
    workspace.release(mark);
    return images;
  }

  /// As it was given.
  const HvqVaeConfiguration& configuration() const { return configuration_; }
  /// Names, shapes and places of the parameters.
  const ParameterLayout& layout() const { return layout_; }

  /// The code vectors.
  const Codebook<Scalar>& codebook() const { return codebook_; }

  /// A tensor of icetk's files that only its training uses.
  struct UnusedTensor {
    std::string name;            ///< as files have it
    std::vector<index_t> shape;  ///< outermost first
  };
  /// The running averages of the codebook.
  std::vector<UnusedTensor> unused_tensors() const {
    return {{"quantize.cluster_size", {codebook_.num_codes()}},
            {"quantize.embed_avg", {codebook_.num_codes(), codebook_.width()}}};
  }

 private:
  static HvqVaeConfiguration checked(HvqVaeConfiguration configuration) {
    configuration.check();
    return configuration;
  }

  HvqVaeConfiguration configuration_;
  ParameterLayout layout_;
  HvqVaeEncoder<Scalar> encoder_;
  Conv2d<Scalar> project_;
  Codebook<Scalar> codebook_;
  std::vector<HvqVaeDecoder<Scalar>> decoders_;  // the coarsest rate first
};

}  // namespace flashvideo
