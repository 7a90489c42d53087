// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>

#include "baselines/video_attention.hpp"
#include "flashvideo/nn/conv2d.hpp"

namespace flashvideo::baselines {

namespace detail {

/// One row: each head's queries become their softmax, times a scale.
template <typename Scalar>
struct SoftmaxOfHeads {
  MatrixView<Scalar> q;  // (R, H Dk)
  index_t d_head;
  Scalar scale;

  FLASHVIDEO_HOST_DEVICE void operator()(index_t r) const {
    for (index_t first = 0; first < q.width(); first += d_head) {
      Scalar* head = q.row(r) + first;
      Scalar largest = head[0];
      for (index_t d = 1; d < d_head; ++d) largest = head[d] > largest ? head[d] : largest;
      Scalar total = 0;
      for (index_t d = 0; d < d_head; ++d) head[d] = math::exp(head[d] - largest);
      for (index_t d = 0; d < d_head; ++d) total = total + head[d];
      const Scalar share = scale / total;
      for (index_t d = 0; d < d_head; ++d) head[d] = head[d] * share;
    }
  }
};

/// One head of one image: each of its columns becomes its softmax over the image's pixels.
template <typename Scalar>
struct SoftmaxOfPixels {
  static constexpr index_t widest = 128;
  MatrixView<Scalar> k;  // (images pixels, H Dk)
  index_t pixels;
  index_t heads;
  index_t d_head;

  FLASHVIDEO_HOST_DEVICE void operator()(index_t item) const {
    const index_t image = item / heads;
    const index_t column = (item - image * heads) * d_head;
    const index_t begin = image * pixels;
    Scalar largest[widest];
    Scalar total[widest];
    for (index_t d = 0; d < d_head; ++d) {
      largest[d] = k.row(begin)[column + d];
      total[d] = 0;
    }
    for (index_t p = 1; p < pixels; ++p) {
      const Scalar* row = k.row(begin + p) + column;
      for (index_t d = 0; d < d_head; ++d) largest[d] = row[d] > largest[d] ? row[d] : largest[d];
    }
    for (index_t p = 0; p < pixels; ++p) {
      Scalar* row = k.row(begin + p) + column;
      for (index_t d = 0; d < d_head; ++d) row[d] = math::exp(row[d] - largest[d]);
      for (index_t d = 0; d < d_head; ++d) total[d] = total[d] + row[d];
    }
    for (index_t d = 0; d < d_head; ++d) total[d] = Scalar{1} / total[d];
    for (index_t p = 0; p < pixels; ++p) {
      Scalar* row = k.row(begin + p) + column;
      for (index_t d = 0; d < d_head; ++d) row[d] = row[d] * total[d];
    }
  }
};

}  // namespace detail

/// Attention between the pixels of a frame at a cost linear in their number, with its norm and its sum:
/// x += attention(norm(x)).
///
///     context = softmax_pixels(k)^T v  (Dk, Dk),   o = Dk^(-1/2) softmax_channels(q) context
///
/// Source: Shen et al., arXiv:1812.01243. The norm is over the channels of a row. Shapes: x (images H W, D),
/// dense; computed a slice of images at a time.
/// @tparam Scalar float or double
/// @throws value_error from the constructor for heads wider than 128
template <typename Scalar>
class LinearAttention {
 public:
  LinearAttention(ParameterLayout& layout, const std::string& prefix, index_t d_model, index_t heads,
                  index_t d_head)
      : heads_(heads),
        d_head_(d_head),
        norm_(layout, prefix + "norm", d_model, 1),
        in_(layout, prefix + "to_qkv.weight", d_model, 3 * heads * d_head,
            Initializer::xavier(d_model, heads * d_head)),
        out_(layout, prefix + "to_out", heads * d_head, d_model, {.kernel = 1, .gain = 0.5}) {
    constexpr index_t widest = detail::SoftmaxOfPixels<Scalar>::widest;
    require<value_error>(d_head >= 1 && d_head <= widest, "LinearAttention: d_head is {}, expected 1 to {}",
                         d_head, widest);
  }

  template <ComputeBackend Backend>
  void forward(const Backend& backend, ParameterView<const Scalar> values, const ImageExtent& extent,
               MatrixView<Scalar> x, Workspace<Backend>& workspace) const {
    const index_t pixels = extent.pixels();
    const index_t inner = heads_ * d_head_;
    const index_t most = std::max<index_t>(1, detail::attention_slice / (3 * inner * pixels));
    for (index_t first = 0; first < extent.count; first += most) {
      const index_t images = std::min(most, extent.count - first);
      const index_t rows = images * pixels;
      const auto part = x.rows(first * pixels, rows);
      const auto mark = workspace.mark();
      const auto normed = workspace.template take<Scalar>(part.shape());
      const auto projected = workspace.template take<Scalar>(Shape<2>{rows, 3 * inner});
      const auto attended = workspace.template take<Scalar>(Shape<2>{rows, inner});
      norm_.forward(backend, values, ImageExtent{rows, 1, 1}, part, normed, workspace);
      in_.forward(backend, GemmProduct{}, values, normed, projected);
      const auto q = projected.columns(0, inner);
      const auto k = projected.columns(inner, inner);
      const auto scale = static_cast<Scalar>(1 / math::sqrt(static_cast<double>(d_head_)));
      backend.for_each(rows, detail::SoftmaxOfHeads<Scalar>{q, d_head_, scale}, 8 * inner);
      backend.for_each(images * heads_, detail::SoftmaxOfPixels<Scalar>{k, pixels, heads_, d_head_},
                       8 * pixels * d_head_);
      attend(backend, images, pixels, projected, attended, workspace);
      out_.forward(backend, GemmProduct{}, values, ImageExtent{images, extent.height, extent.width}, attended,
                   normed, workspace);
      add_to<Backend, Scalar>(backend, normed, part);
      workspace.release(mark);
    }
  }

 private:
  template <typename Backend>
  void attend(const Backend& backend, index_t images, index_t pixels, const MatrixView<Scalar>& projected,
              const MatrixView<Scalar>& attended, Workspace<Backend>& workspace) const {
    const index_t inner = heads_ * d_head_;
    const auto context = workspace.template take<Scalar>(Shape<2>{d_head_, d_head_});
    for (index_t image = 0; image < images; ++image) {
      const auto rows = projected.rows(image * pixels, pixels);
      const auto out = attended.rows(image * pixels, pixels);
      for (index_t h = 0; h < heads_; ++h) {
        const auto head = [&](index_t part) { return rows.columns(part * inner + h * d_head_, d_head_); };
        backend.gemm(Transpose::yes, Transpose::no, Scalar{1}, head(1), head(2), Scalar{0}, context);
        backend.gemm(Transpose::no, Transpose::no, Scalar{1}, head(0), context, Scalar{0},
                     out.columns(h * d_head_, d_head_));
      }
    }
  }

  index_t heads_;
  index_t d_head_;
  GroupNorm<Scalar> norm_;
  Linear<Scalar> in_;   // (3 H Dk, D)
  Conv2d<Scalar> out_;  // (D, H Dk), with a bias
};

}  // namespace flashvideo::baselines
