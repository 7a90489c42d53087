// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>

#include "flashvideo/backend/canonical_sum.hpp"
#include "flashvideo/nn/group_norm.hpp"
#include "flashvideo/nn/linear.hpp"
#include "flashvideo/nn/position.hpp"
#include "flashvideo/nn/rotation.hpp"

namespace flashvideo::baselines {

/// Feature images of some clips, channels last: row ((clip frames + frame) height + y) width + x.
struct VideoExtent {
  index_t clips = 0;
  index_t frames = 0;
  index_t height = 0;
  index_t width = 0;

  FLASHVIDEO_HOST_DEVICE index_t pixels() const { return height * width; }
  FLASHVIDEO_HOST_DEVICE index_t rows() const { return clips * frames * height * width; }
  /// Every frame an image of its own.
  ImageExtent images() const { return {clips * frames, height, width}; }
  /// Every clip one image, for statistics over all its frames.
  ImageExtent whole() const { return {clips, frames * height, width}; }
};

namespace detail {

/// Numbers of a slice of projected rows, so that it stays in the cache between its passes.
inline constexpr index_t attention_slice = index_t{1} << 21;

/// The rows of a video such that those of one pixel follow each other: item (clip, pixel, frame).
struct PixelTracks {
  index_t frames;
  index_t pixels;

  FLASHVIDEO_HOST_DEVICE index_t operator()(index_t item) const {
    const index_t track = item / frames;  // (clip, pixel)
    const index_t clip = track / pixels;
    return (clip * frames + (item - track * frames)) * pixels + (track - clip * pixels);
  }
};
/// The rows as they lie.
struct RowsInPlace {
  FLASHVIDEO_HOST_DEVICE index_t operator()(index_t item) const { return item; }
};

/// y(i) = x(order(first + i)).
template <typename Scalar, typename Order>
struct GatherInOrder {
  Order order;
  index_t first;
  MatrixView<const Scalar> x;
  MatrixView<Scalar> y;

  FLASHVIDEO_HOST_DEVICE void operator()(index_t i) const {
    const Scalar* from = x.row(order(first + i));
    Scalar* to = y.row(i);
    const index_t width = x.width();
    for (index_t c = 0; c < width; ++c) to[c] = from[c];
  }
};

/// x(order(first + i)) += y(i).
template <typename Scalar, typename Order>
struct AddInOrder {
  Order order;
  index_t first;
  MatrixView<const Scalar> y;
  MatrixView<Scalar> x;

  FLASHVIDEO_HOST_DEVICE void operator()(index_t i) const {
    const Scalar* from = y.row(i);
    Scalar* to = x.row(order(first + i));
    const index_t width = x.width();
    for (index_t c = 0; c < width; ++c) to[c] = to[c] + from[c];
  }
};

/// Softmax attention of one row and one head within its group of `size` rows that follow each other.
template <typename Scalar>
struct GroupAttentionRow {
  static constexpr index_t largest_group = 256;
  MatrixView<const Scalar> projected;  // (R, 3 H Dk): q, k (scaled), v
  MatrixView<Scalar> attended;         // (R, H Dk)
  index_t size;
  index_t heads;
  index_t d_head;
  const Scalar* bias;  // (H, size, size) or null

  FLASHVIDEO_HOST_DEVICE void operator()(index_t item) const {
    const index_t row = item / heads;
    const index_t h = item - row * heads;
    const index_t first = row / size * size;
    const index_t inner = heads * d_head;
    const Scalar* q = projected.row(row) + h * d_head;
    Scalar scores[largest_group];
    Scalar largest = 0;
    for (index_t j = 0; j < size; ++j) {
      scores[j] = canonical_dot<Scalar>(d_head, q, projected.row(first + j) + inner + h * d_head);
      if (bias != nullptr) scores[j] = scores[j] + bias[(h * size + row - first) * size + j];
      largest = j == 0 || scores[j] > largest ? scores[j] : largest;
    }
    Scalar total = 0;
    for (index_t j = 0; j < size; ++j) scores[j] = math::exp(scores[j] - largest);
    for (index_t j = 0; j < size; ++j) total = total + scores[j];
    Scalar* out = attended.row(row) + h * d_head;
    for (index_t d = 0; d < d_head; ++d) out[d] = 0;
    for (index_t j = 0; j < size; ++j) {
      const Scalar share = scores[j] / total;
      const Scalar* v = projected.row(first + j) + 2 * inner + h * d_head;
      for (index_t d = 0; d < d_head; ++d) out[d] = math::fma(share, v[d], out[d]);
    }
  }
};

}  // namespace detail

/// Bucket of the distance from a query to a key, 0 .. 31: 16 for each direction, 8 of them exact, the others
/// spaced by the logarithm up to 32 frames. Source: Raffel et al., arXiv:1910.10683 (T5).
inline index_t relative_bucket(index_t query, index_t key) {
  const index_t direction = key > query ? 16 : 0;
  const index_t distance = key > query ? key - query : query - key;
  if (distance < 8) return direction + distance;
  const double share = math::log(static_cast<double>(distance) / 8) / math::log(4.0);
  return direction + std::min<index_t>(8 + static_cast<index_t>(8 * share), 15);
}

/// What frames see of each other's places: shared by all temporal attentions of a network.
template <typename Scalar>
struct FramePlaces {
  MatrixView<const Scalar> turns;  // (T, Dk), as of `Rotation`
  const Scalar* bias = nullptr;    // (H, T, T)
};

/// Multi-head softmax attention inside a video diffusion network, with its norm and its sum:
/// x += attention(norm(x)).
///
///     q, k, v = x W^T (each H Dk), k Dk^(-1/2);   o_i = sum_j softmax_j(q_i . k_j + bias_ij) v_j
///
/// Over frames, the rows of one pixel see each other, q and k turned by their frames; over pixels, those of
/// one frame, without bias and places. Source: Ho et al., arXiv:2204.03458. The norm is over the channels of
/// a row. Shapes: x (clips T H W, D), dense; computed a slice at a time.
/// @tparam Scalar float or double
template <typename Scalar>
class VideoAttention {
 public:
  VideoAttention(ParameterLayout& layout, const std::string& prefix, index_t d_model, index_t heads,
                 index_t d_head)
      : heads_(heads),
        d_head_(d_head),
        norm_(layout, prefix + "norm", d_model, 1),
        in_(layout, prefix + "to_qkv.weight", d_model, 3 * heads * d_head,
            Initializer::xavier(d_model, heads * d_head)),
        out_(layout, prefix + "to_out.weight", heads * d_head, d_model,
             Initializer::xavier(heads * d_head, d_model)) {}

  /// Every pixel sees itself in all frames.
  template <ComputeBackend Backend>
  void over_frames(const Backend& backend, ParameterView<const Scalar> values, const VideoExtent& video,
                   const FramePlaces<Scalar>& places, MatrixView<Scalar> x,
                   Workspace<Backend>& workspace) const {
    forward(backend, values, video.frames, detail::PixelTracks{video.frames, video.pixels()}, places, x,
            workspace);
  }

  /// Every pixel sees all pixels of its frame.
  template <ComputeBackend Backend>
  void over_pixels(const Backend& backend, ParameterView<const Scalar> values, const VideoExtent& video,
                   MatrixView<Scalar> x, Workspace<Backend>& workspace) const {
    forward(backend, values, video.pixels(), detail::RowsInPlace{}, {}, x, workspace);
  }

 private:
  template <typename Backend, typename Order>
  void forward(const Backend& backend, ParameterView<const Scalar> values, index_t size, const Order& order,
               const FramePlaces<Scalar>& places, MatrixView<Scalar> x, Workspace<Backend>& workspace) const {
    require<value_error>(size >= 1 && size <= detail::GroupAttentionRow<Scalar>::largest_group,
                         "VideoAttention: {} rows see each other, expected 1 to {}", size,
                         detail::GroupAttentionRow<Scalar>::largest_group);
    const index_t inner = heads_ * d_head_;
    const index_t most = std::max<index_t>(1, detail::attention_slice / (3 * inner * size)) * size;
    for (index_t first = 0; first < x.rows(); first += most) {
      const index_t rows = std::min(most, x.rows() - first);
      const auto mark = workspace.mark();
      const auto normed = workspace.template take<Scalar>(Shape<2>{rows, x.width()});
      const auto projected = workspace.template take<Scalar>(Shape<2>{rows, 3 * inner});
      const auto attended = workspace.template take<Scalar>(Shape<2>{rows, inner});
      backend.for_each(rows, detail::GatherInOrder<Scalar, Order>{order, first, x, normed}, x.width());
      norm_.forward(backend, values, ImageExtent{rows, 1, 1}, normed, normed, workspace);
      in_.forward(backend, GemmProduct{}, values, normed, projected);
      turn(backend, size, places, projected);
      backend.for_each(
          rows * heads_,
          detail::GroupAttentionRow<Scalar>{projected, attended, size, heads_, d_head_, places.bias},
          2 * size * d_head_);
      out_.forward(backend, GemmProduct{}, values, attended, normed);
      backend.for_each(rows, detail::AddInOrder<Scalar, Order>{order, first, normed, x}, 2 * x.width());
      workspace.release(mark);
    }
  }

  // Turns q and k by the frame and scales k; without places, scales k alone.
  template <typename Backend>
  void turn(const Backend& backend, index_t size, const FramePlaces<Scalar>& places,
            const MatrixView<Scalar>& projected) const {
    const index_t inner = heads_ * d_head_;
    const auto k = projected.columns(inner, inner);
    if (places.turns.data() != nullptr) {
      return turn_queries_and_keys(backend, places.turns, size, heads_, Turn::forward,
                                   projected.columns(0, inner), k);
    }
    const auto scale = static_cast<Scalar>(1 / math::sqrt(static_cast<double>(d_head_)));
    backend.for_each(projected.rows(), ScaleRow{k, scale}, inner);
  }
  struct ScaleRow {
    MatrixView<Scalar> x;
    Scalar scale;
    FLASHVIDEO_HOST_DEVICE void operator()(index_t r) const {
      Scalar* row = x.row(r);
      const index_t width = x.width();
      for (index_t c = 0; c < width; ++c) row[c] = row[c] * scale;
    }
  };

  index_t heads_;
  index_t d_head_;
  GroupNorm<Scalar> norm_;
  Linear<Scalar> in_;   // (3 H Dk, D)
  Linear<Scalar> out_;  // (D, H Dk)
};

}  // namespace flashvideo::baselines
