// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/backend/workspace.hpp"
#include "flashvideo/nn/activation.hpp"
#include "flashvideo/nn/linear.hpp"

namespace flashvideo {

namespace nn_detail {

/// dh_1 = da h_2 act'(h_1), dh_2 = da act(h_1), one row; dh may be h itself.
template <typename Scalar, typename Activation>
struct GateBackward {
  MatrixView<const Scalar> h;   // (R, 2F)
  MatrixView<const Scalar> da;  // (R, F)
  MatrixView<Scalar> dh;        // (R, 2F)

  FLASHVIDEO_HOST_DEVICE void operator()(index_t row) const {
    const index_t width = da.width();
    const Scalar* first = h.row(row);
    const Scalar* second = first + width;
    const Scalar* gradient = da.row(row);
    Scalar* d_first = dh.row(row);
    Scalar* d_second = d_first + width;
    FLASHVIDEO_INDEPENDENT
    for (index_t c = 0; c < width; ++c) {
      const Scalar h1 = first[c];
      const Scalar h2 = second[c];
      d_first[c] = gradient[c] * h2 * Activation::derivative(h1);
      d_second[c] = gradient[c] * Activation::value(h1);
    }
  }
};

}  // namespace nn_detail

/// Gated linear unit as feed-forward layer: y = fc2(act(fc1 x) * gate x), no biases.
///
/// Source: Shazeer, arXiv:2002.05202; torchscale's names: the activation stands on `fc1`. Shapes: x, y (R,
/// D), fc1, gate (F, D), fc2 (D, F).
/// @code
/// SwiGLU<float> glu(layout, "layers.0.ffn.", 192, 384);
/// auto saved = glu.forward(backend, GemmProduct{}, values, x, y, workspace);
/// @endcode
/// @tparam Scalar float or double
/// @tparam Activation Swish (SwiGLU), Gelu (GEGLU), Relu (ReGLU)
template <typename Scalar, typename Activation>
class GLU {
 public:
  /// Registers `fc1.weight`, `gate.weight` and `fc2.weight` under the prefix.
  GLU(ParameterLayout& layout, const std::string& prefix, index_t d_model, index_t d_feed_forward)
      : expand_(layout,
                {{prefix + "fc1.weight", d_feed_forward, torch_default(d_model)},
                 {prefix + "gate.weight", d_feed_forward, torch_default(d_model)}},
                d_model, true),
        contract_(layout, prefix + "fc2.weight", d_feed_forward, d_model, torch_default(d_feed_forward)) {}

  /// What `backward` needs of a forward pass; the views lie in the workspace.
  struct Activations {
    MatrixView<Scalar> h;  ///< (R, 2F): fc1 x, gate x
    MatrixView<Scalar> a;  ///< (R, F): act(fc1 x) * gate x
  };

  /// y = the layer's output. x, y (R, D).
  template <ComputeBackend Backend, typename Product>
  Activations forward(const Backend& backend, Product product_kind, ParameterView<const Scalar> values,
                      MatrixView<const Scalar> x, MatrixView<Scalar> y, Workspace<Backend>& workspace) const {
    Activations saved{workspace.template take<Scalar>(Shape<2>{x.rows(), 2 * d_feed_forward()}),
                      workspace.template take<Scalar>(Shape<2>{x.rows(), d_feed_forward()})};
    expand_.forward(backend, product_kind, values, x, saved.h);
    using Gate = GateEpilogue<Scalar, Activation>;
    backend.for_each(x.rows(), EpilogueRows<Gate>{Gate{saved.h, saved.a}, 0, d_feed_forward()},
                     8 * d_feed_forward());
    contract_.forward(backend, product_kind, values, saved.a, y);
    return saved;
  }

  /// Generation: residual += fc2(act(fc1 x) * gate x). Each product and what follows it is one pass.
  template <ComputeBackend Backend, typename Values>
  void absorb(const Backend& backend, const Values& values, MatrixView<const Scalar> x,
              MatrixView<Scalar> residual, Workspace<Backend>& workspace) const {
    const auto mark = workspace.mark();
    const auto h = workspace.template take<Scalar>(Shape<2>{x.rows(), 2 * d_feed_forward()});
    const auto a = workspace.template take<Scalar>(Shape<2>{x.rows(), d_feed_forward()});
    const auto y = workspace.template take<Scalar>(residual.shape());
    expand_.absorb(backend, values, x, h, workspace, GateEpilogue<Scalar, Activation>{h, a});
    contract_.absorb(backend, values, MatrixView<const Scalar>(a), y, workspace,
                     AddEpilogue<Scalar>{y, residual});
    workspace.release(mark);
  }

  /// dx = gradient of x; the weights' gradients are added to `gradients`. Overwrites `saved`.
  template <ComputeBackend Backend>
  void backward(const Backend& backend, ParameterView<const Scalar> values, MatrixView<const Scalar> x,
                const Activations& saved, MatrixView<const Scalar> dy, MatrixView<Scalar> dx,
                ParameterView<Scalar> gradients, Workspace<Backend>& workspace) const {
    const auto mark = workspace.mark();
    const auto da = workspace.template take<Scalar>(saved.a.shape());
    contract_.backward(backend, values, saved.a, dy, da, gradients);
    backend.for_each(x.rows(), nn_detail::GateBackward<Scalar, Activation>{saved.h, da, saved.h},
                     16 * d_feed_forward());
    expand_.backward(backend, values, x, saved.h, dx, gradients);
    workspace.release(mark);
  }

  /// F, rows of `fc1`.
  index_t d_feed_forward() const { return contract_.d_in(); }

 private:
  static Initializer torch_default(index_t fan_in) {
    return Initializer::uniform(1 / std::sqrt(static_cast<double>(fan_in)));
  }

  Linear<Scalar> expand_;    // fc1 over gate: (2F, D)
  Linear<Scalar> contract_;  // fc2: (D, F)
};

template <typename Scalar>
using SwiGLU = GLU<Scalar, Swish>;  ///< the feed-forward layer of the named policies
template <typename Scalar>
using GEGLU = GLU<Scalar, Gelu>;  ///< torchscale's default

}  // namespace flashvideo
