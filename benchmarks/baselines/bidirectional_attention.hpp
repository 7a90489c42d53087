// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "baselines/space_time_windows.hpp"
#include "flashvideo/model/decoder.hpp"

namespace flashvideo::baselines {

namespace detail {

/// One row of scores becomes its softmax.
template <typename Scalar>
struct SoftmaxRow {
  MatrixView<Scalar> scores;

  FLASHVIDEO_HOST_DEVICE void operator()(index_t r) const {
    Scalar* row = scores.row(r);
    const index_t count = scores.width();
    Scalar largest = row[0];
    for (index_t j = 1; j < count; ++j) largest = row[j] > largest ? row[j] : largest;
    for (index_t j = 0; j < count; ++j) row[j] = math::exp(row[j] - largest);
    const Scalar total = canonical_dot<Scalar>(
        count, [row](index_t j) { return row[j]; }, [](index_t) { return Scalar{1}; });
    const Scalar share = Scalar{1} / total;
    for (index_t j = 0; j < count; ++j) row[j] = row[j] * share;
  }
};

/// One row of the gradient of the scores: ds = p (dp - sum dp p), in dp's place.
template <typename Scalar>
struct SoftmaxBackwardRow {
  MatrixView<const Scalar> p;
  MatrixView<Scalar> dp;

  FLASHVIDEO_HOST_DEVICE void operator()(index_t r) const {
    const Scalar* probabilities = p.row(r);
    Scalar* gradient = dp.row(r);
    const Scalar mean = canonical_dot<Scalar>(
        p.width(), [gradient](index_t j) { return gradient[j]; },
        [probabilities](index_t j) { return probabilities[j]; });
    for (index_t j = 0; j < p.width(); ++j) gradient[j] = probabilities[j] * (gradient[j] - mean);
  }
};

}  // namespace detail

/// Multi-head softmax attention without a causal mask, within windows: the mixer of masked generation.
///
///     q, k, v = x W_q^T, x W_k^T Dk^(-1/2), x W_v^T     q and k turned by their place in the sequence
///     o_n = sum_{m in window(n)} softmax_m(q_n . k_m) v_m,   y = o W_o^T
///
/// Shapes: x, y (B N, D). Parameters: names, order and sizes of `flashvideo::Attention`, so both have equal
/// weights for one seed. Places turn queries and keys where MAGVIT and MaskViT learn an embedding for each
/// place: it costs less and has no weights. Products are the backend's matrix products, a window and a head
/// at a time; scratch memory is one window's scores.
/// @tparam Scalar float or double
/// @throws shape_error, value_error from the constructor when the sizes do not divide
template <typename Scalar>
class BidirectionalAttention {
 public:
  BidirectionalAttention(ParameterLayout& layout, const std::string& prefix, const MixerConfiguration& sizes)
      : sizes_((sizes.check("BidirectionalAttention"), sizes)),
        in_(layout,
            {{prefix + "q_proj.weight", sizes.d_model, initializer(sizes.d_model)},
             {prefix + "k_proj.weight", sizes.d_model, initializer(sizes.d_model)},
             {prefix + "v_proj.weight", sizes.d_value, initializer(sizes.d_value)}},
            sizes.d_model),
        out_(layout, prefix + "out_proj.weight", sizes.d_value, sizes.d_model,
             Initializer::xavier(sizes.d_value, sizes.d_model)),
        angles_(Position::xpos().angles(sizes.d_key_of_head())) {}

  /// What backward needs, in the workspace that forward was given.
  struct Activations {
    const index_t* order = nullptr;  ///< (B N) rows, window after window
    MatrixView<Scalar> windowed;     ///< (B N, 2 D + VD) in that order: q, k (turned), v
    MatrixView<Scalar> in_place;     ///< o of all heads, (B N, VD), in the sequences' order
  };

  /// y from x for `batch` sequences of as many tokens as the windows have places.
  template <ComputeBackend Backend>
  Activations forward(const Backend& backend, ParameterView<const Scalar> values, index_t batch,
                      const Windows& windows, MatrixView<const Scalar> x, MatrixView<Scalar> y,
                      Workspace<Backend>& workspace) const {
    const auto length = static_cast<index_t>(windows.order.size());
    const index_t rows = batch * length;
    flashvideo::check_mixer_rows("BidirectionalAttention", "forward", x, rows, sizes_.d_model);
    flashvideo::check_mixer_rows("BidirectionalAttention", "forward", y, rows, sizes_.d_model);
    Activations kept;
    kept.order = upload_order(backend, batch, windows, workspace);
    kept.windowed = workspace.template take<Scalar>(Shape<2>{rows, in_.d_out()});
    kept.in_place = workspace.template take<Scalar>(Shape<2>{rows, sizes_.d_value});
    const auto mark = workspace.mark();
    const auto projected = workspace.template take<Scalar>(kept.windowed.shape());
    const auto attended = workspace.template take<Scalar>(kept.in_place.shape());
    in_.forward(backend, GemmProduct{}, values, x, projected);
    turn(backend, projected, length, Turn::forward, workspace);
    backend.for_each(rows, flashvideo::GatherRows<Scalar>{projected, kept.order, kept.windowed}, in_.d_out());
    const auto scores = workspace.template take<Scalar>(Shape<2>{windows.size, windows.size});
    for_each_window_and_head(rows, windows.size, [&](index_t first, index_t h) {
      const Head<const Scalar> head =
          head_of(MatrixView<const Scalar>(kept.windowed), first, windows.size, h);
      attend(backend, head, scores);
      backend.gemm(Transpose::no, Transpose::no, Scalar{1}, scores, head.v, Scalar{0},
                   values_of_head(attended, first, windows.size, h));
    });
    backend.for_each(rows, flashvideo::ScatterRows<Scalar>{attended, kept.order, kept.in_place},
                     sizes_.d_value);
    out_.forward(backend, GemmProduct{}, values, kept.in_place, y);
    workspace.release(mark);
    return kept;
  }

  /// dx is written, gradients are added to; the softmax is computed again.
  template <ComputeBackend Backend>
  void backward(const Backend& backend, ParameterView<const Scalar> values, const Windows& windows,
                MatrixView<const Scalar> x, const Activations& kept, MatrixView<const Scalar> dy,
                MatrixView<Scalar> dx, ParameterView<Scalar> gradients, Workspace<Backend>& workspace) const {
    const index_t rows = x.extent(0);
    const auto mark = workspace.mark();
    const auto d_in_place = workspace.template take<Scalar>(kept.in_place.shape());
    const auto d_attended = workspace.template take<Scalar>(kept.in_place.shape());
    const auto d_windowed = workspace.template take<Scalar>(kept.windowed.shape());
    const auto d_projected = workspace.template take<Scalar>(kept.windowed.shape());
    const auto p = workspace.template take<Scalar>(Shape<2>{windows.size, windows.size});
    const auto ds = workspace.template take<Scalar>(p.shape());
    out_.backward(backend, values, kept.in_place, dy, d_in_place, gradients);
    backend.for_each(rows, flashvideo::GatherRows<Scalar>{d_in_place, kept.order, d_attended},
                     sizes_.d_value);
    for_each_window_and_head(rows, windows.size, [&](index_t first, index_t h) {
      const Head<const Scalar> head =
          head_of(MatrixView<const Scalar>(kept.windowed), first, windows.size, h);
      const Head<Scalar> d = head_of(d_windowed, first, windows.size, h);
      const MatrixView<const Scalar> d_out = values_of_head(d_attended, first, windows.size, h);
      attend(backend, head, p);
      backend.gemm(Transpose::yes, Transpose::no, Scalar{1}, p, d_out, Scalar{0}, d.v);
      backend.gemm(Transpose::no, Transpose::yes, Scalar{1}, d_out, head.v, Scalar{0}, ds);
      backend.for_each(windows.size, detail::SoftmaxBackwardRow<Scalar>{p, ds}, 4 * windows.size);
      backend.gemm(Transpose::no, Transpose::no, Scalar{1}, ds, head.k, Scalar{0}, d.q);
      backend.gemm(Transpose::yes, Transpose::no, Scalar{1}, ds, head.q, Scalar{0}, d.k);
    });
    backend.for_each(rows, flashvideo::ScatterRows<Scalar>{d_windowed, kept.order, d_projected}, in_.d_out());
    turn(backend, d_projected, static_cast<index_t>(windows.order.size()), Turn::back, workspace);
    in_.backward(backend, values, x, d_projected, dx, gradients);
    workspace.release(mark);
  }

 private:
  Initializer initializer(index_t rows) const {
    return Initializer::xavier(sizes_.d_model, rows, 0.7071067811865476);
  }

  // The rows of one window, the columns of one head.
  template <typename T>
  struct Head {
    MatrixView<T> q;
    MatrixView<T> k;
    MatrixView<T> v;
  };
  template <typename T>
  Head<T> head_of(const MatrixView<T>& projected, index_t first, index_t size, index_t h) const {
    const index_t d_key = sizes_.d_key_of_head();
    const index_t d_value = sizes_.d_value_of_head();
    const auto rows = projected.rows(first, size);
    return {rows.columns(h * d_key, d_key), rows.columns(sizes_.d_model + h * d_key, d_key),
            rows.columns(2 * sizes_.d_model + h * d_value, d_value)};
  }
  MatrixView<Scalar> values_of_head(const MatrixView<Scalar>& attended, index_t first, index_t size,
                                    index_t h) const {
    return attended.rows(first, size).columns(h * sizes_.d_value_of_head(), sizes_.d_value_of_head());
  }
  template <typename Body>
  void for_each_window_and_head(index_t rows, index_t size, const Body& body) const {
    for (index_t first = 0; first < rows; first += size) {
      for (index_t h = 0; h < sizes_.num_heads; ++h) body(first, h);
    }
  }

  // scores (size, size) = softmax(q k^T).
  template <typename Backend>
  static void attend(const Backend& backend, const Head<const Scalar>& head,
                     const MatrixView<Scalar>& scores) {
    backend.gemm(Transpose::no, Transpose::yes, Scalar{1}, head.q, head.k, Scalar{0}, scores);
    backend.for_each(scores.rows(), detail::SoftmaxRow<Scalar>{scores}, 8 * scores.width());
  }

  template <typename Backend>
  void turn(const Backend& backend, const MatrixView<Scalar>& projected, index_t length, Turn direction,
            Workspace<Backend>& workspace) const {
    const auto table = workspace.template take<Scalar>(Shape<2>{length, sizes_.d_key_of_head()});
    backend.for_each(length, RotationTable<Scalar, SequencePlaces>{angles_, {length}, table},
                     16 * sizes_.d_key_of_head());
    turn_queries_and_keys(backend, table, length, sizes_.num_heads, direction,
                          projected.columns(0, sizes_.d_model),
                          projected.columns(sizes_.d_model, sizes_.d_model));
  }

  // (B N): the rows of every sequence, window after window.
  template <typename Backend>
  static const index_t* upload_order(const Backend& backend, index_t batch, const Windows& windows,
                                     Workspace<Backend>& workspace) {
    std::vector<index_t> rows;
    const auto length = static_cast<index_t>(windows.order.size());
    for (index_t b = 0; b < batch; ++b) {
      for (const index_t place : windows.order) rows.push_back(b * length + place);
    }
    const auto order = workspace.template take<index_t>(Shape<1>{batch * length});
    backend.upload(order.data(), rows.data(), batch * length);
    return order.data();
  }

  MixerConfiguration sizes_;
  Linear<Scalar> in_;   // (2 D + VD, D)
  Linear<Scalar> out_;  // (D, VD)
  RotationAngles angles_;
};

}  // namespace flashvideo::baselines
