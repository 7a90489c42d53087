// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>

#include "flashvideo/backend/canonical_sum.hpp"
#include "flashvideo/core/math.hpp"
#include "flashvideo/nn/conv2d.hpp"
#include "flashvideo/nn/group_norm.hpp"

namespace flashvideo {

namespace nn_detail {

/// s(r, :) = softmax(scale s(r, :)), sums in the canonical order; one row per call.
template <typename Scalar>
struct SoftmaxRows {
  MatrixView<Scalar> scores;
  Scalar scale;  // > 0

  struct One {
    FLASHVIDEO_HOST_DEVICE Scalar operator()(index_t) const { return Scalar{1}; }
  };

  FLASHVIDEO_HOST_DEVICE void operator()(index_t r) const {
    Scalar* row = scores.row(r);
    const index_t columns = scores.extent(1);
    Scalar largest = row[0];
    for (index_t c = 1; c < columns; ++c) largest = row[c] > largest ? row[c] : largest;
    for (index_t c = 0; c < columns; ++c) row[c] = math::exp((row[c] - largest) * scale);
    const Scalar share = Scalar{1} / canonical_dot<Scalar>(columns, RowElements<Scalar>{row}, One{});
    for (index_t c = 0; c < columns; ++c) row[c] = row[c] * share;
  }
};

/// y(c, r) = x(r, c), one row of y per call.
template <typename Scalar>
struct TransposeRows {
  MatrixView<const Scalar> x;
  MatrixView<Scalar> y;
  FLASHVIDEO_HOST_DEVICE void operator()(index_t c) const {
    Scalar* out = y.row(c);
    for (index_t r = 0; r < x.rows(); ++r) out[r] = x(r, c);
  }
};

}  // namespace nn_detail

/// Every pixel of an image looks at all of them, one head, for inference:
///
///     n = GroupNorm(x)    q, k, v = 1x1 convolutions of n    y = x + proj_out(softmax(q k^T / sqrt(C)) v)
///
/// Source: Esser et al., arXiv:2012.09841 (VQGAN), as icetk has it. Shapes: x, y (B H W, C), dense. Scores are made
/// for some queries at a time, so memory is linear in the pixels. With `RowsProduct` every number of y has the same
/// bits for any batch, threads and instruction set.
///
/// Parameters: `name.{norm,q,k,v,proj_out}.{weight,bias}`.
/// @code
/// ImageAttention<float> attention(layout, "mid.attn_1", 512, 32);
/// attention.apply(backend, RowsProduct{}, values, extent, x, y, workspace);
/// @endcode
/// @tparam Scalar float or double
template <typename Scalar>
class ImageAttention {
 public:
  /// @throws value_error unless `groups` divides `channels`
  ImageAttention(ParameterLayout& layout, const std::string& name, index_t channels, index_t groups)
      : norm_(layout, name + ".norm", channels, groups),
        query_(layout, name + ".q", channels, channels, {.gain = 0.7}),
        key_(layout, name + ".k", channels, channels, {.gain = 0.7}),
        value_(layout, name + ".v", channels, channels, {.gain = 0.7}),
        out_(layout, name + ".proj_out", channels, channels, {.gain = 0.5}) {}

  /// @param y must not be x
  /// @throws shape_error when x or y do not fit the extent
  template <ComputeBackend Backend, typename Product>
  void apply(const Backend& backend, Product product_kind, ParameterView<const Scalar> values,
             const ImageExtent& extent, MatrixView<const Scalar> x, MatrixView<Scalar> y,
             Workspace<Backend>& workspace) const {
    constexpr index_t most_scores = index_t{1} << 20;
    const auto mark = workspace.mark();
    const Shape<2> shape{extent.rows(), channels()};
    const auto normal = workspace.template take<Scalar>(shape);
    const auto q = workspace.template take<Scalar>(shape);
    const auto k = workspace.template take<Scalar>(shape);
    const auto v = workspace.template take<Scalar>(shape);
    norm_.forward(backend, values, extent, x, normal, workspace);
    query_.forward(backend, product_kind, values, extent, normal, q, workspace);
    key_.forward(backend, product_kind, values, extent, normal, k, workspace);
    value_.forward(backend, product_kind, values, extent, normal, v, workspace);

    const index_t pixels = extent.pixels();
    const index_t slice = std::clamp<index_t>(most_scores / (std::max<index_t>)(1, pixels), 1, 256);
    const auto columns = workspace.template take<Scalar>(Shape<2>{channels(), pixels});  // v^T of one image
    const auto scores = workspace.template take<Scalar>(Shape<2>{slice, pixels});
    const Scalar scale = Scalar{1} / math::sqrt(static_cast<Scalar>(channels()));
    for (index_t image = 0; image < extent.count; ++image) {
      const index_t first = image * pixels;
      const MatrixView<const Scalar> keys = k.rows(first, pixels);
      backend.for_each(channels(), nn_detail::TransposeRows<Scalar>{v.rows(first, pixels), columns}, pixels);
      for (index_t i = 0; i < pixels; i += slice) {
        const index_t count = (std::min)(slice, pixels - i);
        const MatrixView<Scalar> part = scores.rows(0, count);
        product(backend, product_kind, MatrixView<const Scalar>(q.rows(first + i, count)), keys, part);
        backend.for_each(count, nn_detail::SoftmaxRows<Scalar>{part, scale}, 8 * pixels);
        product(backend, product_kind, MatrixView<const Scalar>(part), columns,
                normal.rows(first + i, count));  // n is not needed any more
      }
    }
    out_.forward(backend, product_kind, values, extent, normal, y, workspace);
    add_to<Backend, Scalar>(backend, x, y);
    workspace.release(mark);
  }

  /// C.
  index_t channels() const { return norm_.channels(); }

 private:
  GroupNorm<Scalar> norm_;
  Conv2d<Scalar> query_, key_, value_, out_;
};

}  // namespace flashvideo
