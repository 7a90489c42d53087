// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>

#include "flashvideo/backend/canonical_sum.hpp"
#include "flashvideo/backend/product.hpp"
#include "flashvideo/backend/workspace.hpp"
#include "flashvideo/nn/parameter.hpp"

namespace flashvideo {

namespace tokenizer_detail {

/// |e|^2 of one code per call.
template <typename Scalar>
struct SquaredNorms {
  MatrixView<const Scalar> vectors;
  Scalar* norms;
  FLASHVIDEO_HOST_DEVICE void operator()(index_t k) const {
    const Scalar* e = vectors.row(k);
    const auto at = [e](index_t i) { return e[i]; };
    norms[k] = canonical_dot<Scalar>(vectors.extent(1), at, at);
  }
};

/// Code of least |e|^2 - 2 z.e, ties to the lowest id, and a copy of its vector; one latent per call. Codes
/// are compared in `canonical_lanes` independent lanes, so that the loop vectorises.
template <typename Scalar>
struct NearestCode {
  MatrixView<const Scalar> products;  // (R, num_codes), z.e
  const Scalar* norms;                // (num_codes)
  token_t* ids;                       // (R)

  FLASHVIDEO_HOST_DEVICE void operator()(index_t r) const {
    const Scalar* product = products.row(r);
    const token_t num_codes = static_cast<token_t>(products.extent(1));
    Scalar least[canonical_lanes];
    token_t nearest[canonical_lanes];
    for (int lane = 0; lane < canonical_lanes; ++lane) {
      nearest[lane] = lane < num_codes ? lane : 0;
      least[lane] = math::fma(Scalar{-2}, product[nearest[lane]], norms[nearest[lane]]);
    }
    const token_t whole = num_codes - num_codes % canonical_lanes;
    for (token_t k = canonical_lanes; k < whole; k += canonical_lanes) {
      for (int lane = 0; lane < canonical_lanes; ++lane) {
        const Scalar distance = math::fma(Scalar{-2}, product[k + lane], norms[k + lane]);
        const bool nearer = distance < least[lane];
        least[lane] = nearer ? distance : least[lane];
        nearest[lane] = nearer ? k + lane : nearest[lane];
      }
    }
    for (token_t k = whole < canonical_lanes ? canonical_lanes : whole; k < num_codes; ++k) {
      const Scalar distance = math::fma(Scalar{-2}, product[k], norms[k]);
      if (distance < least[0]) {
        least[0] = distance;
        nearest[0] = k;
      }
    }
    Scalar best = least[0];
    token_t id = nearest[0];
    for (int lane = 1; lane < canonical_lanes; ++lane) {
      if (least[lane] < best || (least[lane] == best && nearest[lane] < id)) {
        best = least[lane];
        id = nearest[lane];
      }
    }
    ids[r] = id;
  }
};

/// One code vector per call.
template <typename Scalar>
struct LookUpCode {
  MatrixView<const Scalar> vectors;
  const token_t* ids;
  MatrixView<Scalar> codes;
  FLASHVIDEO_HOST_DEVICE void operator()(index_t r) const {
    const Scalar* e = vectors.row(ids[r]);
    Scalar* out = codes.row(r);
    for (index_t c = 0; c < vectors.extent(1); ++c) out[c] = e[c];
  }
};

}  // namespace tokenizer_detail

/// A table of code vectors. `nearest` finds, for each latent z, the code k of least |z|^2 - 2 z.e_k + |e_k|^2
/// (ties to the lowest id); `look_up` replaces ids by vectors. Gradients pass `nearest` unchanged
/// (straight-through: van den Oord et al., arXiv:1711.00937), and the table itself follows the latents'
/// averages (tokenizer/image/codebook_averages.hpp), so its own gradient stays zero.
///
/// Shapes: table (num_codes, width), latents (R, width), ids (R).
/// @tparam Scalar float or double
template <typename Scalar>
class Codebook {
 public:
  /// Registers `name` as a parameter without weight decay.
  Codebook(ParameterLayout& layout, const std::string& name, index_t num_codes, index_t width)
      : vectors_(layout.add(name, Shape<2>{num_codes, width}, Initializer::normal(1.0), false)) {}

  /// @param product_kind RowsProduct gives the same ids for any batch, threads and instruction set
  template <ComputeBackend Backend, typename Product>
  void nearest(const Backend& backend, Product product_kind, ParameterView<const Scalar> values,
               MatrixView<const Scalar> latents, token_t* ids, Workspace<Backend>& workspace) const {
    require<shape_error>(latents.extent(1) == width(), "Codebook::nearest: latents are {} wide, expected {}",
                         latents.extent(1), width());
    constexpr index_t slice_elements = index_t{1} << 18;
    const index_t rows = latents.rows();
    const index_t slice = std::clamp<index_t>(slice_elements / num_codes(), 1, std::max<index_t>(rows, 1));
    const auto mark = workspace.mark();
    const auto norms = workspace.template take<Scalar>(Shape<1>{num_codes()});
    const auto products = workspace.template take<Scalar>(Shape<2>{slice, num_codes()});
    backend.for_each(num_codes(), tokenizer_detail::SquaredNorms<Scalar>{values[vectors_], norms.data()},
                     width());
    for (index_t r = 0; r < rows; r += slice) {
      const index_t count = (std::min)(slice, rows - r);
      const MatrixView<Scalar> part = products.rows(0, count);
      product(backend, product_kind, latents.rows(r, count), values[vectors_], part);
      backend.for_each(count, tokenizer_detail::NearestCode<Scalar>{part, norms.data(), ids + r},
                       num_codes());
    }
    workspace.release(mark);
  }

  /// codes(r) = table(ids[r]); every id lies in [0, num_codes).
  template <ComputeBackend Backend>
  void look_up(const Backend& backend, ParameterView<const Scalar> values, const token_t* ids,
               MatrixView<Scalar> codes) const {
    backend.for_each(codes.rows(), tokenizer_detail::LookUpCode<Scalar>{values[vectors_], ids, codes},
                     width());
  }

  /// Rows of the table.
  index_t num_codes() const { return vectors_.shape[0]; }
  /// Numbers of a code vector.
  index_t width() const { return vectors_.shape[1]; }
  /// (num_codes, width), where the table lies in the flat array.
  const Parameter<2>& vectors() const { return vectors_; }

 private:
  Parameter<2> vectors_;  // (num_codes, width)
};

}  // namespace flashvideo
