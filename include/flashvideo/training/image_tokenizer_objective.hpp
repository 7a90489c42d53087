// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "flashvideo/core/fields.hpp"
#include "flashvideo/io/json.hpp"
#include "flashvideo/io/json_field_writer.hpp"
#include "flashvideo/tokenizer/image/codebook_averages.hpp"
#include "flashvideo/tokenizer/image/vq_vae.hpp"
#include "flashvideo/training/objective.hpp"

namespace flashvideo {

/// What an image tokenizer's training minimises, besides the configuration of the model.
struct ImageTokenizerObjectiveOptions {
  index_t batch = 64;        ///< images of a micro-batch
  double commitment = 0.25;  ///< weight of |z - e|^2, e constant
  double black_weight = 1;   ///< weight of the squared error on wholly black patches; others weigh 1
  CodebookAveragesOptions codebook = {};  ///< how its averages and dead codes are treated

  /// Names each field (core/fields.hpp).
  void visit(Fields& fields) {
    fields.integer("batch", batch, at_least(1), "images of a micro-batch");
    visit_weights(fields);
    codebook.visit(fields);
  }
  /// The weights of the loss alone.
  void visit_weights(Fields& fields) {
    fields.real("commitment", commitment, at_least(0.0), "weight of the commitment term");
    fields.real("black_weight", black_weight, at_least(0.0), "weight of wholly black patches");
  }
  /// @throws value_error naming the option out of range
  /// @throws value_error naming the option out of range
  void check() const { check_fields("ImageTokenizerObjectiveOptions", *this); }
};

/// Errors of a micro-batch's reconstruction.
struct ReconstructionError {
  double squared = 0;          ///< sum over all numbers, pixels in [-1, 1]
  double count = 0;            ///< numbers
  double content_squared = 0;  ///< the same over patches that are not wholly black
  double content_count = 0;    ///< numbers of these
  double commitment = 0;       ///< mean |z - e|^2 of a latent's number

  /// 10 log10(1 / mean squared error) for pixels in [0, 1].
  double psnr() const { return 10 * std::log10(4 * count / squared); }
  /// The same over patches that are not wholly black.
  double content_psnr() const { return 10 * std::log10(4 * content_count / content_squared); }
};

namespace training_detail {

/// Squared error and its gradient along one row of pixels of one patch: 2 weight (y - x), and the row's
/// weighted and content sums.
template <typename Scalar>
struct PatchRowError {
  const std::uint8_t* bytes;  // (B H W, 3)
  const Scalar* x;            // target
  const Scalar* y;            // reconstruction
  Scalar* gradient;
  double* sums;  // (calls, 2): squared error, 1 where the patch is not black
  ImageExtent extent;
  index_t patch;
  Scalar black_weight;
  Scalar scale;  // 2 / numbers of an image

  /// Call i = ((b h + cell y) w + cell x) patch + row.
  FLASHVIDEO_HOST_DEVICE void operator()(index_t i) const {
    const index_t cell = i / patch;
    const index_t row = i - cell * patch;
    const index_t cells_wide = extent.width / patch;
    const index_t cell_row = cell / cells_wide;
    const index_t first = (cell_row * patch * extent.width + (cell - cell_row * cells_wide) * patch) * 3;
    const index_t line = extent.width * 3;
    const index_t run = patch * 3;
    int content = 0;
    for (index_t r = 0; r < patch; ++r) {
      for (index_t k = 0; k < run; ++k) content |= bytes[first + r * line + k];
    }
    const Scalar weight = (content != 0 ? Scalar{1} : black_weight) * scale;
    const index_t at = first + row * line;
    Scalar squared = 0;
    for (index_t k = at; k < at + run; ++k) {
      const Scalar difference = y[k] - x[k];
      squared = math::fma(difference, difference, squared);
      gradient[k] = weight * difference;
    }
    sums[2 * i] = static_cast<double>(squared);
    sums[2 * i + 1] = content != 0 ? 1.0 : 0.0;
  }
};

/// One term of the sums over patch rows: all, or those with content.
struct PatchRowTerm {
  const double* sums;
  int kind;  // 0 squared error, 1 squared error of content, 2 content rows
  FLASHVIDEO_HOST_DEVICE double operator()(index_t i) const {
    const double squared = sums[2 * i];
    const double content = sums[2 * i + 1];
    return kind == 0 ? squared : kind == 1 ? squared * content : content;
  }
};

/// d_latent = d_code (straight through) + 2 commitment (z - e) / numbers; one latent per call.
template <typename Scalar>
struct CommitmentGradient {
  MatrixView<const Scalar> latents;
  MatrixView<const Scalar> codes;
  MatrixView<Scalar> gradient;  // holds d_code
  double* squares;              // (R)
  Scalar scale;
  FLASHVIDEO_HOST_DEVICE void operator()(index_t r) const {
    const Scalar* z = latents.row(r);
    const Scalar* e = codes.row(r);
    Scalar* d = gradient.row(r);
    Scalar sum = 0;
    for (index_t c = 0; c < latents.extent(1); ++c) {
      const Scalar difference = z[c] - e[c];
      sum = math::fma(difference, difference, sum);
      d[c] = math::fma(scale, difference, d[c]);
    }
    squares[r] = static_cast<double>(sum);
  }
};

struct ArrayTerm {
  const double* values;
  FLASHVIDEO_HOST_DEVICE double operator()(index_t i) const { return values[i]; }
};

}  // namespace training_detail

/// Trains a VQ-VAE on images: mean squared error of the reconstruction (black patches may weigh less) plus
/// the commitment term, straight-through gradients, a codebook of running averages (arXiv:1711.00937). An
/// item is one image; pixels are rgb / 127.5 - 1.
///
/// @code
/// ImageTokenizerObjective<VqVae<>, Cpu, Frames> objective(cpu, VqVae<>{config}, frames, options);
/// Trainer trainer(cpu, objective, options);
/// @endcode
/// @tparam Model a VqVae
/// @tparam Images where images come from: `images(micro_batch, batch, bytes)` writes `batch` images of the
///   configured size, RGB bytes, into host memory, as a function of the micro-batch alone
template <typename Model, ComputeBackend Backend, typename Images>
class ImageTokenizerObjective;

/// The objective of a `VqVae`.
template <typename Scalar, typename Activation, ComputeBackend Backend, typename Images>
class ImageTokenizerObjective<VqVae<Scalar, Activation>, Backend, Images> {
 public:
  using Model = VqVae<Scalar, Activation>;  ///< the network
  using ScalarType = Scalar;                ///< of parameters and gradients

  /// @throws value_error naming the option out of range
  ImageTokenizerObjective(const Backend& backend, const VqVaeConfiguration& config, Images images,
                          const ImageTokenizerObjectiveOptions& options = {})
      : model_(config),
        images_(std::move(images)),
        options_(options),
        averages_(backend, config.num_codes, config.code_width, options.codebook) {
    options.check();
  }

  /// The network's.
  const ParameterLayout& layout() const { return model_.layout(); }

  /// Adds the gradients of the loss summed over a micro-batch's images.
  StepLoss accumulate(const Backend& backend, ParameterView<const Scalar> values,
                      ParameterView<Scalar> gradients, const MicroBatch& micro_batch,
                      Workspace<Backend>& workspace) {
    const VqVaeConfiguration& config = model_.configuration();
    const ImageExtent extent{options_.batch, config.image_height, config.image_width};
    host_bytes_.resize(static_cast<std::size_t>(3 * extent.rows()));
    images_(micro_batch, options_.batch, host_bytes_.data());
    return accumulate_images(backend, values, gradients, host_bytes_.data(), micro_batch, workspace);
  }

  /// The same for `batch` given images, RGB bytes in host memory.
  StepLoss accumulate_images(const Backend& backend, ParameterView<const Scalar> values,
                             ParameterView<Scalar> gradients, const std::uint8_t* images,
                             const MicroBatch& micro_batch, Workspace<Backend>& workspace) {
    const VqVaeConfiguration& config = model_.configuration();
    const ImageExtent extent{options_.batch, config.image_height, config.image_width};
    const ImageExtent cells = model_.cells_of(extent);
    const auto mark = workspace.mark();

    // forward
    const auto bytes = workspace.template take<std::uint8_t>(Shape<2>{extent.rows(), 3});
    const auto x = workspace.template take<Scalar>(Shape<2>{extent.rows(), 3});
    const auto ids = workspace.template take<token_t>(Shape<1>{cells.rows()});
    const auto codes = workspace.template take<Scalar>(Shape<2>{cells.rows(), config.code_width});
    backend.upload(bytes.data(), images, bytes.size());
    backend.for_each(extent.rows(), PixelsFromBytes<Scalar>{bytes.data(), x.data()}, 3);
    const auto encoded = model_.encoder().forward(backend, GemmProduct{}, values, extent, x, workspace);
    model_.codebook().nearest(backend, GemmProduct{}, values, encoded.latents, ids.data(), workspace);
    model_.codebook().look_up(backend, values, ids.data(), codes);
    const auto decoded = model_.decoder().forward(backend, GemmProduct{}, values, cells, codes, workspace);

    // loss
    const index_t patch_rows = cells.rows() * config.patch();
    const auto d_images = workspace.template take<Scalar>(Shape<2>{extent.rows(), 3});
    const auto sums = workspace.template take<double>(Shape<2>{patch_rows, 2});
    const auto squares = workspace.template take<double>(Shape<1>{cells.rows()});
    const double numbers = static_cast<double>(3 * extent.pixels());
    const double latent_numbers = static_cast<double>(cells.pixels() * config.code_width);
    backend.for_each(
        patch_rows,
        training_detail::PatchRowError<Scalar>{
            bytes.data(), x.data(), decoded.images.data(), d_images.data(), sums.data(), extent,
            config.patch(), static_cast<Scalar>(options_.black_weight), static_cast<Scalar>(2 / numbers)},
        3 * config.patch() * (1 + config.patch()));

    // backward
    const auto d_codes = workspace.template take<Scalar>(Shape<2>{cells.rows(), config.code_width});
    model_.decoder().backward(backend, values, codes, decoded, d_images, d_codes, gradients, workspace);
    backend.for_each(cells.rows(),
                     training_detail::CommitmentGradient<Scalar>{
                         encoded.latents, codes, d_codes, squares.data(),
                         static_cast<Scalar>(2 * options_.commitment / latent_numbers)},
                     config.code_width);
    model_.encoder().backward(backend, values, x, encoded, d_codes, gradients, workspace);

    RandomAddress address = micro_batch.step_address();
    averages_.accumulate(backend, encoded.latents, ids.data(), codes, address, micro_batch.step,
                         micro_batch.index, micro_batch.count);

    const double squared = backend.sum(patch_rows, training_detail::PatchRowTerm{sums.data(), 0});
    const double content = backend.sum(patch_rows, training_detail::PatchRowTerm{sums.data(), 1});
    const double rows = backend.sum(patch_rows, training_detail::PatchRowTerm{sums.data(), 2});
    const double committed = backend.sum(cells.rows(), training_detail::ArrayTerm{squares.data()});
    error_ = {squared, numbers * static_cast<double>(extent.count), content,
              rows * static_cast<double>(3 * config.patch()),
              committed / (latent_numbers * static_cast<double>(extent.count))};
    workspace.release(mark);
    const double weighted = content + options_.black_weight * (squared - content);
    return {weighted / numbers + options_.commitment * committed / latent_numbers, extent.count};
  }

  /// Moves the codebook and replaces dead codes.
  void after_step(const Backend& backend, ParameterView<Scalar> values, const MicroBatch& micro_batch,
                  Workspace<Backend>&) {
    RandomAddress address = micro_batch.step_address();
    address.position += std::uint64_t{1} << 19;  // beyond the candidates' numbers
    averages_.update(backend, values[model_.codebook().vectors()], address, micro_batch.step);
  }

  /// The codebook's averages, which a checkpoint must hold.
  template <typename Visitor>
  void visit_state(Visitor&& visitor) {
    averages_.visit_state(visitor);
  }
  /// What a step adds up of them, summed over processes.
  template <typename Visitor>
  void visit_statistics(Visitor&& visitor) {
    averages_.visit_statistics(visitor);
  }

  /// Sizes and weights that a resumed run must agree with.
  Json configuration() const {
    Json result = to_json(options_);
    result.set("kind", "image_tokenizer");
    const Json sizes = to_json(model_.configuration());
    Json model = Json::object().set("kind", "vq_vae");
    for (std::size_t i = 0; i < sizes.keys().size(); ++i) model.set(sizes.keys()[i], sizes.values()[i]);
    result.set("model", std::move(model));
    return result;
  }

  /// The network.
  const Model& model() const { return model_; }
  /// As it was given.
  const ImageTokenizerObjectiveOptions& options() const { return options_; }
  /// Of the last micro-batch.
  const ReconstructionError& last_error() const { return error_; }
  /// Of the codebook.
  const CodebookAverages<Scalar, Backend>& averages() const { return averages_; }

 private:
  Model model_;
  Images images_;
  ImageTokenizerObjectiveOptions options_;
  CodebookAverages<Scalar, Backend> averages_;
  std::vector<std::uint8_t> host_bytes_;
  ReconstructionError error_;
};

}  // namespace flashvideo
