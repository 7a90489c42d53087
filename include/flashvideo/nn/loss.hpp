// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/backend/canonical_sum.hpp"
#include "flashvideo/core/math.hpp"

namespace flashvideo {

namespace nn_detail {

/// -log softmax(logits)[label] and its gradient over the logits' memory, one row.
template <typename Scalar>
struct CrossEntropyRow {
  MatrixView<Scalar> logits;  // (R, V), becomes the gradient
  const token_t* labels;      // (R), ids within the row
  Scalar* losses;             // (R)
  Scalar gradient_scale;

  FLASHVIDEO_HOST_DEVICE void operator()(index_t row) const {
    const index_t width = logits.width();
    Scalar* values = logits.row(row);
    Scalar largest[canonical_lanes];
    for (int lane = 0; lane < canonical_lanes; ++lane) largest[lane] = values[0];
    const index_t whole = width - width % canonical_lanes;
    for (index_t c = 0; c < whole; c += canonical_lanes) {
      for (int lane = 0; lane < canonical_lanes; ++lane) {
        largest[lane] = values[c + lane] > largest[lane] ? values[c + lane] : largest[lane];
      }
    }
    Scalar peak = largest[0];
    for (int lane = 1; lane < canonical_lanes; ++lane) peak = largest[lane] > peak ? largest[lane] : peak;
    for (index_t c = whole; c < width; ++c) peak = values[c] > peak ? values[c] : peak;
    const Scalar label_logit = values[labels[row]] - peak;
    FLASHVIDEO_INDEPENDENT
    for (index_t c = 0; c < width; ++c) values[c] = math::exp(values[c] - peak);
    const Scalar total = canonical_dot<Scalar>(
        width, [values](index_t k) { return values[k]; }, [](index_t) { return Scalar{1}; });
    losses[row] = static_cast<Scalar>(math::log(static_cast<double>(total))) - label_logit;
    const Scalar scale = gradient_scale / total;
    FLASHVIDEO_INDEPENDENT
    for (index_t c = 0; c < width; ++c) values[c] = values[c] * scale;
    values[labels[row]] -= gradient_scale;
  }
};

/// Term of a plain sum.
template <typename Scalar>
struct ElementTerm {
  const Scalar* data;
  FLASHVIDEO_HOST_DEVICE double operator()(index_t i) const { return static_cast<double>(data[i]); }
};

}  // namespace nn_detail

/// Cross entropy of rows of logits against labels, in nats: the sum over rows of -log softmax(logits)[label].
///
/// The logits' memory becomes gradient_scale (softmax - onehot), so forward and backward are one pass.
/// @param logits (R, V); overwritten by the gradient
/// @param labels (R), each in [0, V)
/// @param losses (R) scratch, receives each row's loss
/// @param gradient_scale factor of the gradient, 1 / R for the mean
/// @return the sum of the rows' losses
template <ComputeBackend Backend, typename Scalar>
double cross_entropy(const Backend& backend, MatrixView<Scalar> logits, const token_t* labels, Scalar* losses,
                     Scalar gradient_scale) {
  backend.for_each(logits.rows(), nn_detail::CrossEntropyRow<Scalar>{logits, labels, losses, gradient_scale},
                   16 * logits.width());
  return backend.sum(logits.rows(), nn_detail::ElementTerm<Scalar>{losses});
}

}  // namespace flashvideo
