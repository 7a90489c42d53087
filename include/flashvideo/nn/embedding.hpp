// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/nn/parameter.hpp"

namespace flashvideo {

namespace nn_detail {

/// y = scale E[token], one row.
template <typename Scalar>
struct EmbeddingForward {
  MatrixView<const Scalar> table;  // (V, D)
  const token_t* tokens;           // (R)
  MatrixView<Scalar> y;            // (R, D)
  Scalar scale;

  FLASHVIDEO_HOST_DEVICE void operator()(index_t row) const {
    const Scalar* in = table.row(tokens[row]);
    Scalar* out = y.row(row);
    const index_t width = y.width();
    FLASHVIDEO_INDEPENDENT
    for (index_t c = 0; c < width; ++c) out[c] = scale * in[c];
  }
};

/// dE[token] += scale dy, one tile of columns, rows ascending.
template <typename Scalar>
struct EmbeddingBackward {
  static constexpr index_t tile = 32;
  const token_t* tokens;
  MatrixView<const Scalar> dy;
  MatrixView<Scalar> d_table;
  Scalar scale;

  FLASHVIDEO_HOST_DEVICE void operator()(index_t t) const {
    const index_t begin = t * tile;
    const index_t end = begin + tile < dy.width() ? begin + tile : dy.width();
    for (index_t row = 0; row < dy.rows(); ++row) {
      const Scalar* gradient = dy.row(row);
      Scalar* out = d_table.row(tokens[row]);
      FLASHVIDEO_INDEPENDENT
      for (index_t c = begin; c < end; ++c) out[c] = math::fma(scale, gradient[c], out[c]);
    }
  }
};

}  // namespace nn_detail

/// Token embedding: y = s E[token], with s = sqrt(D) where torchscale scales its embedding and 1 elsewhere.
///
/// Shapes: tokens (R), E (V, D), y (R, D). Tokens are checked by the door that takes them (`Decoder`), not
/// here.
/// @code Embedding<float> embed(layout, "embed_tokens.weight", 768, 192, true); @endcode
/// @tparam Scalar float or double
template <typename Scalar>
class Embedding {
 public:
  /// @param scaled multiply by sqrt(d_model)
  Embedding(ParameterLayout& layout, const std::string& name, index_t vocabulary, index_t d_model,
            bool scaled)
      : table_(layout.add<2>(name, {vocabulary, d_model},
                             Initializer::normal(1 / std::sqrt(static_cast<double>(d_model))))),
        scale_(scaled ? static_cast<Scalar>(std::sqrt(static_cast<double>(d_model))) : Scalar{1}) {}

  /// y(r) = the row of token r, scaled.
  /// @param tokens (R), in the backend's memory, each in [0, V)
  /// @param y (R, D)
  template <ComputeBackend Backend, typename Values>
  void forward(const Backend& backend, const Values& values, const token_t* tokens,
               MatrixView<Scalar> y) const {
    backend.for_each(y.rows(), nn_detail::EmbeddingForward<Scalar>{values[table_], tokens, y, scale_},
                     y.width());
  }

  /// Adds dy(r), scaled, to the gradient of token r's row, rows in ascending order.
  template <ComputeBackend Backend>
  void backward(const Backend& backend, const token_t* tokens, MatrixView<const Scalar> dy,
                ParameterView<Scalar> gradients) const {
    using Backward = nn_detail::EmbeddingBackward<Scalar>;
    backend.for_each((dy.width() + Backward::tile - 1) / Backward::tile,
                     Backward{tokens, dy, gradients[table_], scale_}, Backward::tile * dy.rows());
  }

  /// V, rows of the table.
  index_t vocabulary() const { return table_.shape[0]; }

 private:
  Parameter<2> table_;  // (V, D)
  Scalar scale_;
};

}  // namespace flashvideo
