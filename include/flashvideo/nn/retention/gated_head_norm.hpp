// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/backend/canonical_sum.hpp"
#include "flashvideo/backend/head_decay.hpp"
#include "flashvideo/backend/recurrence.hpp"
#include "flashvideo/nn/activation.hpp"
#include "flashvideo/tensor/tensor_view.hpp"

namespace flashvideo {

/// What both directions of the gated norm share: the factor of one head's row,
///
///     r_n = 1 / sqrt(mean(o_n^2) + epsilon sigma_n)
///
/// which is RMSNorm of o_n / sqrt(sigma_n), with sigma_n = sum_{m<=n} gamma^(n-m) from the start of the
/// sequence. Source: torchscale's RetNet (`multiscale_retention.py`).
template <typename Scalar>
struct HeadNorm {
  HeadDecay decay;  ///< for sigma
  double epsilon;   ///< > 0
  index_t heads;    ///< H
  index_t d_value;  ///< Dv of one head

  /// r_n of the row o (Dv) of head h at position n.
  FLASHVIDEO_HOST_DEVICE Scalar factor(const Scalar* o, index_t h, index_t position) const {
    const Scalar squares = canonical_dot<Scalar>(d_value, o, o);
    const Scalar floor = static_cast<Scalar>(epsilon * decay.sigma(h, position));
    return Scalar{1} / math::sqrt(math::fma(squares, Scalar{1} / static_cast<Scalar>(d_value), floor));
  }
};

/// y = o r swish(g) for one head of one row. Items i H + h.
/// @tparam Places from i to the row and the position of its token
template <typename Scalar, typename Places>
struct GatedHeadNorm {
  HeadNorm<Scalar> norm;       ///< the factor
  Places places;               ///< where an item's token is
  MatrixView<const Scalar> o;  ///< retention's output, (R, H Dv)
  MatrixView<const Scalar> g;  ///< the gate, (R, H Dv)
  MatrixView<Scalar> y;        ///< (R, H Dv)

  /// Item i H + h.
  FLASHVIDEO_HOST_DEVICE void operator()(index_t item) const {
    const RowPlace place = places(item / norm.heads);
    const index_t h = item % norm.heads;
    const index_t first = h * norm.d_value;
    const Scalar* in = o.row(place.row) + first;
    const Scalar* gate = g.row(place.row) + first;
    Scalar* out = y.row(place.row) + first;
    const Scalar r = norm.factor(in, h, place.position);
    for (index_t c = 0; c < norm.d_value; ++c) out[c] = in[c] * r * Swish::value(gate[c]);
  }
};

/// With z = o r and dz = dy swish(g):
///
///     dg = dy z swish'(g),   do = r (dz - z mean(dz z))
///
/// `d_o` may be `dy`.
template <typename Scalar, typename Places>
struct GatedHeadNormGradient {
  HeadNorm<Scalar> norm;        ///< the factor
  Places places;                ///< where an item's token is
  MatrixView<const Scalar> o;   ///< as forward had it, (R, H Dv)
  MatrixView<const Scalar> g;   ///< as forward had it, (R, H Dv)
  MatrixView<const Scalar> dy;  ///< gradient of y, (R, H Dv)
  MatrixView<Scalar> d_o;       ///< gradient of o, (R, H Dv)
  MatrixView<Scalar> dg;        ///< gradient of g, (R, H Dv)

  /// Item i H + h.
  FLASHVIDEO_HOST_DEVICE void operator()(index_t item) const {
    const RowPlace place = places(item / norm.heads);
    const index_t h = item % norm.heads;
    const index_t first = h * norm.d_value;
    const Scalar* in = o.row(place.row) + first;
    const Scalar* gate = g.row(place.row) + first;
    const Scalar* gradient = dy.row(place.row) + first;
    Scalar* d_in = d_o.row(place.row) + first;
    Scalar* d_gate = dg.row(place.row) + first;
    const Scalar r = norm.factor(in, h, place.position);
    for (index_t c = 0; c < norm.d_value; ++c) {
      const Scalar z = in[c] * r;
      const Scalar upstream = gradient[c];
      d_gate[c] = upstream * z * Swish::derivative(gate[c]);
      d_in[c] = upstream * Swish::value(gate[c]);  // dz
    }
    const Scalar projection = canonical_dot<Scalar>(norm.d_value, d_in, in);
    const Scalar along = projection * r * r / static_cast<Scalar>(norm.d_value);  // r mean(dz z)
    for (index_t c = 0; c < norm.d_value; ++c) d_in[c] = r * math::fma(-along, in[c], d_in[c]);
  }
};

}  // namespace flashvideo
