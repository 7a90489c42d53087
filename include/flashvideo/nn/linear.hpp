// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/backend/product.hpp"
#include "flashvideo/nn/parameter.hpp"

namespace flashvideo {

/// A linear map of rows: y = x W^T, no bias.
///
/// Shapes: x (R, d_in), W (d_out, d_in), y (R, d_out). Several maps of the same input can be stacked into one
/// (see `ParameterLayout::add_product`).
/// @code
/// ParameterLayout layout;
/// Linear<float> map(layout, "map.weight", 192, 384, Initializer::xavier(192, 384));
/// map.forward(backend, GemmProduct{}, values, x, y);
/// @endcode
/// @tparam Scalar float or double
template <typename Scalar>
class Linear {
 public:
  /// Registers the matrix (d_out, d_in) under the name.
  Linear(ParameterLayout& layout, const std::string& name, index_t d_in, index_t d_out,
         Initializer initializer)
      : weight_(layout.add_product({{name, d_out, initializer}}, d_in)) {}
  /// Stacked maps of one input.
  /// @param gated two maps whose outputs meet one by one (`GateEpilogue`)
  Linear(ParameterLayout& layout, const std::vector<ParameterLayout::Part>& parts, index_t d_in,
         bool gated = false)
      : weight_(layout.add_product(parts, d_in, gated)) {}

  /// y = x W^T.
  template <ComputeBackend Backend, typename Product>
  void forward(const Backend& backend, Product product_kind, ParameterView<const Scalar> values,
               MatrixView<const Scalar> x, MatrixView<Scalar> y) const {
    product(backend, product_kind, x, values[weight_], y);
  }

  /// Generation: y = x W^T, then the epilogue (backend/packed_rows.hpp).
  /// @param values a `ParameterView`, or a `PackedView` whose matrices have a storage of their own
  template <ComputeBackend Backend, typename Values, typename Epilogue = NoEpilogue>
  void absorb(const Backend& backend, const Values& values, MatrixView<const Scalar> x, MatrixView<Scalar> y,
              Workspace<Backend>& workspace, const Epilogue& epilogue = {}) const {
    generation_product(backend, x, values[weight_], y, workspace, epilogue);
  }

  /// dx = dy W (added to what dx holds when `add_to_dx`), dW += dy^T x.
  template <ComputeBackend Backend>
  void backward(const Backend& backend, ParameterView<const Scalar> values, MatrixView<const Scalar> x,
                MatrixView<const Scalar> dy, MatrixView<Scalar> dx, ParameterView<Scalar> gradients,
                bool add_to_dx = false) const {
    backend.gemm(Transpose::yes, Transpose::no, Scalar{1}, dy, x, Scalar{1}, gradients[weight_]);
    backend.gemm(Transpose::no, Transpose::no, Scalar{1}, dy, values[weight_],
                 add_to_dx ? Scalar{1} : Scalar{0}, dx);
  }

  /// Columns of W.
  index_t d_in() const { return weight_.matrix.shape[1]; }
  /// Rows of W, of all stacked maps.
  index_t d_out() const { return weight_.matrix.shape[0]; }
  /// (d_out, d_in), where it lies in the flat array.
  const Parameter<2>& weight() const { return weight_.matrix; }

 private:
  ProductParameter weight_;  // (d_out, d_in)
};

}  // namespace flashvideo
