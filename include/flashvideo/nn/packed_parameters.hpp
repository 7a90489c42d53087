// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "flashvideo/backend/packed_matrix.hpp"
#include "flashvideo/backend/verbs.hpp"
#include "flashvideo/nn/parameter.hpp"
#include "flashvideo/nn/parameter_source.hpp"

namespace flashvideo {

/// The parameters of generation as layers see them: `view[weight]` is a matrix in its storage for the weight
/// of a `Linear`, and a float tensor for every other parameter (norms, embeddings, a user's own).
class PackedView {
 public:
  /// @param kept the parameters that are no product
  /// @param matrices the products, in the layout's order
  PackedView(const float* kept, const PackedMatrix* matrices) : kept_(kept), matrices_(matrices) {}

  /// A parameter that is no product.
  template <std::size_t Rank>
  TensorView<const float, Rank> operator[](const Parameter<Rank>& parameter) const {
    return {kept_ + parameter.kept, parameter.shape};
  }
  /// A product's matrix.
  const PackedMatrix& operator[](const ProductParameter& product) const { return matrices_[product.number]; }

 private:
  const float* kept_;
  const PackedMatrix* matrices_;
};

/// A model's parameters for generation, immutable: each matrix that rows are multiplied by in a storage that
/// makes it small and in the order in which a kernel reads it, the rest as float.
/// @code
/// const PackedParameters<Cpu> parameters(cpu, decoder.layout(), values, WeightStorage::int8);
/// decoder.absorb(cpu, parameters.view(), lanes, logits, workspace);
/// @endcode
/// @tparam Backend whose memory holds them
template <ComputeBackend Backend>
class PackedParameters {
 public:
  /// Never more than one matrix lies in host memory beside the packed ones.
  /// @param source of the values; not needed afterwards
  /// @throws value_error for an integer matrix of too many columns
  template <ParameterSource Source>
  PackedParameters(const Backend& backend, const ParameterLayout& layout, const Source& source,
                   WeightStorage storage = WeightStorage::float32)
      : storage_(storage) {
    pack_kept(backend, layout, source);
    pack_matrices(backend, layout, source);
  }
  /// @param values the flat array of the layout, in host memory; not needed afterwards
  /// @throws shape_error when their number differs
  PackedParameters(const Backend& backend, const ParameterLayout& layout, std::span<const float> values,
                   WeightStorage storage = WeightStorage::float32)
      : PackedParameters(backend, layout, FlatParameters(layout, values, "PackedParameters"), storage) {}

  /// As layers take them; valid as long as this lives.
  PackedView view() const { return {kept_.data(), matrices_.data()}; }
  /// Of the matrices.
  WeightStorage storage() const { return storage_; }
  /// Bytes of all matrices: what a token reads of them.
  index_t matrix_bytes() const { return packed_.size(); }

 private:
  template <typename Source>
  void pack_kept(const Backend& backend, const ParameterLayout& layout, const Source& source) {
    kept_ = backend.template allocate<float>(layout.kept_size());
    std::vector<float> host;
    for (const auto& entry : layout.entries()) {
      if (entry.kept < 0) continue;
      host.resize(static_cast<std::size_t>(entry.size));
      source(entry, std::span<float>(host));
      backend.upload(kept_.data() + entry.kept, static_cast<const float*>(host.data()), entry.size);
    }
  }
  template <typename Source>
  void pack_matrices(const Backend& backend, const ParameterLayout& layout, const Source& source) {
    index_t bytes = 0;
    index_t largest = 0;
    for (const auto& product : layout.products())
      largest = (std::max)(largest, element_count(product.matrix.shape));
    std::vector<float> host(static_cast<std::size_t>(largest));
    for (const auto& product : layout.products()) {
      PackedMatrix matrix{verbs::panel_layout(backend, storage_), nullptr, product.matrix.shape[0],
                          product.matrix.shape[1], product.gated ? 2 : 1};
      if (matrix.layout == PanelLayout::compact_bfloat16 &&
          !fits_compact(read_matrix(layout, product.matrix, source, host), matrix)) {
        matrix.layout = PanelLayout::bfloat16;
      }
      require<value_error>(matrix.inner <= PackedMatrix::largest_inner,
                           "PackedParameters: a matrix has {} columns, expected at most {}", matrix.inner,
                           PackedMatrix::largest_inner);
      matrices_.push_back(matrix);
      bytes += padded(matrix.bytes());
    }
    packed_ = backend.template allocate<std::byte>(bytes);
    std::byte* to = packed_.data();
    for (std::size_t i = 0; i < matrices_.size(); ++i) {
      pack_pieces(read_matrix(layout, layout.products()[i].matrix, source, host), matrices_[i],
                  [&](index_t offset, std::span<const std::byte> piece) {
                    backend.upload(to + offset, piece.data(), static_cast<index_t>(piece.size()));
                  });
      matrices_[i].data = to;
      to += padded(matrices_[i].bytes());
    }
  }
  // A product's matrix, put together from its parts.
  template <typename Source>
  static MatrixView<const float> read_matrix(const ParameterLayout& layout, const Parameter<2>& matrix,
                                             const Source& source, std::vector<float>& host) {
    const index_t end = matrix.offset + element_count(matrix.shape);
    for (const auto& entry : layout.entries()) {
      if (entry.kept >= 0 || entry.offset < matrix.offset || entry.offset >= end) continue;
      source(entry, std::span<float>(host).subspan(static_cast<std::size_t>(entry.offset - matrix.offset),
                                                   static_cast<std::size_t>(entry.size)));
    }
    return {host.data(), matrix.shape};
  }
  static index_t padded(index_t bytes) { return (bytes + 63) / 64 * 64; }

  WeightStorage storage_;
  typename Backend::template Buffer<float> kept_;
  typename Backend::template Buffer<std::byte> packed_;
  std::vector<PackedMatrix> matrices_;  // in the order of the layout's products
};

}  // namespace flashvideo
