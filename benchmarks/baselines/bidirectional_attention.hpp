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

  /// y from x for `batch` sequences of as many tokens as the windows have places.
  template <ComputeBackend Backend>
  void forward(const Backend& backend, ParameterView<const Scalar> values, index_t batch,
               const Windows& windows, MatrixView<const Scalar> x, MatrixView<Scalar> y,
               Workspace<Backend>& workspace) const {
    const auto length = static_cast<index_t>(windows.order.size());
    const index_t rows = batch * length;
    flashvideo::check_mixer_rows("BidirectionalAttention", "forward", x, rows, sizes_.d_model);
    flashvideo::check_mixer_rows("BidirectionalAttention", "forward", y, rows, sizes_.d_model);
    const auto mark = workspace.mark();
    const auto projected = workspace.template take<Scalar>(Shape<2>{rows, in_.d_out()});
    const auto windowed = workspace.template take<Scalar>(projected.shape());
    const auto attended = workspace.template take<Scalar>(Shape<2>{rows, sizes_.d_value});
    const auto in_place = workspace.template take<Scalar>(attended.shape());
    const auto order = upload_order(backend, batch, windows, workspace);

    in_.forward(backend, GemmProduct{}, values, x, projected);
    const auto table = workspace.template take<Scalar>(Shape<2>{length, sizes_.d_key_of_head()});
    backend.for_each(length, RotationTable<Scalar, SequencePlaces>{angles_, {length}, table},
                     16 * sizes_.d_key_of_head());
    turn_queries_and_keys(backend, table, length, sizes_.num_heads, Turn::forward,
                          projected.columns(0, sizes_.d_model),
                          projected.columns(sizes_.d_model, sizes_.d_model));
    backend.for_each(rows, flashvideo::GatherRows<Scalar>{projected, order, windowed}, in_.d_out());
    attend(backend, windows.size, windowed, attended, workspace);
    backend.for_each(rows, flashvideo::ScatterRows<Scalar>{attended, order, in_place}, sizes_.d_value);
    out_.forward(backend, GemmProduct{}, values, in_place, y);
    workspace.release(mark);
  }

 private:
  Initializer initializer(index_t rows) const {
    return Initializer::xavier(sizes_.d_model, rows, 0.7071067811865476);
  }

  // Every `size` rows attend among themselves.
  template <typename Backend>
  void attend(const Backend& backend, index_t size, const MatrixView<Scalar>& projected,
              const MatrixView<Scalar>& attended, Workspace<Backend>& workspace) const {
    const index_t d_key = sizes_.d_key_of_head();
    const index_t d_value = sizes_.d_value_of_head();
    const auto scores = workspace.template take<Scalar>(Shape<2>{size, size});
    for (index_t first = 0; first < projected.rows(); first += size) {
      const auto rows = projected.rows(first, size);
      for (index_t h = 0; h < sizes_.num_heads; ++h) {
        const MatrixView<const Scalar> q = rows.columns(h * d_key, d_key);
        const MatrixView<const Scalar> k = rows.columns(sizes_.d_model + h * d_key, d_key);
        const MatrixView<const Scalar> v = rows.columns(2 * sizes_.d_model + h * d_value, d_value);
        backend.gemm(Transpose::no, Transpose::yes, Scalar{1}, q, k, Scalar{0}, scores);  // (size, size)
        backend.for_each(size, detail::SoftmaxRow<Scalar>{scores}, 8 * size);
        backend.gemm(Transpose::no, Transpose::no, Scalar{1}, scores, v, Scalar{0},
                     attended.rows(first, size).columns(h * d_value, d_value));
      }
    }
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
