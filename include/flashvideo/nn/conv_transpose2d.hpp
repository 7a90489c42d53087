// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "flashvideo/backend/product.hpp"
#include "flashvideo/nn/convolution_shape.hpp"

namespace flashvideo {

/// Transposed convolution of channels-last images: every input pixel adds a window of kernel x kernel output
/// pixels, y(b, y s - p + ky, x s - p + kx, o) += sum_i w(ky, kx, o, i) x(b, y, x, i), on top of the bias.
/// With kernel = stride and no padding the windows tile the image (also called pixel shuffle).
///
/// Shapes: x (B H W, d_in), w (kernel, kernel, d_out, d_in), y (B H' W', d_out), all dense,
/// H' = (H - 1) stride - 2 padding + kernel. A product makes the windows, a gather sums them, so it is
/// parallel and its bits do not depend on threads.
/// @code
/// ConvTranspose2d<float> up(layout, "up", 128, 64, {.kernel = 4, .stride = 2, .padding = 1});
/// up.forward(backend, GemmProduct{}, values, extent, x, y, workspace);
/// @endcode
/// @tparam Scalar float or double
template <typename Scalar>
class ConvTranspose2d : public nn_detail::WindowMap<Scalar> {
  using Base = nn_detail::WindowMap<Scalar>;
  using Base::bias_;
  using Base::shape_;
  using Base::weight_;

 public:
  /// Registers `name.weight` and, with a bias, `name.bias`.
  /// @throws value_error unless kernel, stride >= 1, 0 <= padding < kernel and trailing = 0
  ConvTranspose2d(ParameterLayout& layout, const std::string& name, index_t d_in, index_t d_out,
                  const ConvolutionShape& shape)
      : Base("ConvTranspose2d", layout, name, Shape<4>{shape.kernel, shape.kernel, d_out, d_in}, d_out,
             fan_in(d_in, shape), shape) {
    require<value_error>(shape.trailing == 0, "ConvTranspose2d: trailing is {}, expected 0", shape.trailing);
  }

  /// Extent of the output images: (H - 1) stride + kernel - 2 padding.
  /// @throws shape_error when nothing would be left of the image
  ImageExtent output_extent(const ImageExtent& in) const {
    const index_t grown = shape_.kernel - 2 * shape_.padding;
    const ImageExtent out{in.count, (in.height - 1) * shape_.stride + grown,
                          (in.width - 1) * shape_.stride + grown};
    require<shape_error>(out.height >= 1 && out.width >= 1,
                         "ConvTranspose2d: an image of {} x {} gives {} x {} pixels, expected at least 1 x 1",
                         in.height, in.width, out.height, out.width);
    return out;
  }

  /// y = the transposed convolution of x.
  template <ComputeBackend Backend, typename Product>
  void forward(const Backend& backend, Product product_kind, ParameterView<const Scalar> values,
               const ImageExtent& extent, MatrixView<const Scalar> x, MatrixView<Scalar> y,
               Workspace<Backend>& workspace) const {
    const PatchGrid grid = checked_grid("forward", extent, x, y);
    const Scalar* bias = shape_.bias ? values[bias_].data() : nullptr;
    Base::for_each_slice(workspace, grid, [&](index_t in, index_t out, const PatchGrid& slice, auto patches) {
      product(backend, product_kind, x.rows(in, slice.coarse.rows()), weight_matrix(values), patches);
      nn_detail::sum_patches<Backend, Scalar>(backend, slice, patches.data(), bias, y.row(out), false);
    });
  }

  /// With P the windows of dy: dw += P^T x, db += column sums of dy, dx = P w (added to what dx holds when
  /// `add_to_dx`).
  template <ComputeBackend Backend>
  void backward(const Backend& backend, ParameterView<const Scalar> values, const ImageExtent& extent,
                MatrixView<const Scalar> x, MatrixView<const Scalar> dy, MatrixView<Scalar> dx,
                ParameterView<Scalar> gradients, Workspace<Backend>& workspace,
                bool add_to_dx = false) const {
    const PatchGrid grid = checked_grid("backward", extent, x, dy);
    if (shape_.bias) backend.add_column_sums(dy, gradients[bias_].data());
    Base::for_each_slice(workspace, grid, [&](index_t in, index_t out, const PatchGrid& slice, auto patches) {
      const index_t rows = slice.coarse.rows();
      nn_detail::gather_patches(backend, slice, dy.row(out), patches.data());
      backend.gemm(Transpose::yes, Transpose::no, Scalar{1}, patches, x.rows(in, rows), Scalar{1},
                   weight_matrix(gradients));
      backend.gemm(Transpose::no, Transpose::no, Scalar{1}, patches, weight_matrix(values),
                   add_to_dx ? Scalar{1} : Scalar{0}, dx.rows(in, rows));
    });
  }

  /// Channels of x.
  index_t d_in() const { return weight_.shape[3]; }
  /// Channels of y.
  index_t d_out() const { return weight_.shape[2]; }
  /// PyTorch's (d_in, d_out, kernel, kernel) -> ours (kernel, kernel, d_out, d_in), on the host.
  template <typename Source>
  void weight_from_torch(const Source* theirs, Scalar* ours) const {
    const index_t window = shape_.kernel * shape_.kernel;
    for (index_t k = 0; k < window; ++k) {
      for (index_t o = 0; o < d_out(); ++o) {
        for (index_t i = 0; i < d_in(); ++i)
          ours[(k * d_out() + o) * d_in() + i] = static_cast<Scalar>(theirs[(i * d_out() + o) * window + k]);
      }
    }
  }

 private:
  /// Input numbers that one output number sums over.
  static double fan_in(index_t d_in, const ConvolutionShape& shape) {
    const index_t windows = (shape.kernel + shape.stride - 1) / std::max<index_t>(1, shape.stride);
    return static_cast<double>(d_in * windows * windows);
  }

  template <typename T>
  MatrixView<T> weight_matrix(ParameterView<T> values) const {
    return {values[weight_].data(), {shape_.kernel * shape_.kernel * d_out(), d_in()}};
  }

  PatchGrid checked_grid(const char* where, const ImageExtent& extent, const MatrixView<const Scalar>& x,
                         const MatrixView<const Scalar>& y) const {
    const ImageExtent out = output_extent(extent);
    this->check_images(where, extent, d_in(), out, d_out(), x, y);
    return {out, extent, d_out(), shape_.kernel, shape_.stride, shape_.padding};
  }
};

}  // namespace flashvideo
