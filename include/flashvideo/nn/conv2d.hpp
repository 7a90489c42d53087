// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>

#include "flashvideo/backend/product.hpp"
#include "flashvideo/nn/convolution_shape.hpp"
#include "flashvideo/nn/pointwise.hpp"

namespace flashvideo {

/// Two-dimensional convolution of channels-last images, as a product of gathered windows:
/// y(b, y, x, o) = bias(o) + sum_{ky, kx, i} w(o, ky, kx, i) x(b, y s - p + ky, x s - p + kx, i).
///
/// Shapes: x (B H W, d_in), w (d_out, kernel, kernel, d_in), y (B H' W', d_out), all dense. Windows are
/// gathered for some cells at a time, so the patch matrix stays in the cache. With `RowsProduct` every
/// number of y has the same bits for any batch, threads and instruction set.
/// @code
/// Conv2d<float> conv(layout, "conv", 64, 128, {.kernel = 3, .padding = 1});
/// conv.forward(backend, GemmProduct{}, values, extent, x, y, workspace);
/// @endcode
/// @tparam Scalar float or double
template <typename Scalar>
class Conv2d : public nn_detail::WindowMap<Scalar> {
  using Base = nn_detail::WindowMap<Scalar>;
  using Base::bias_;
  using Base::shape_;
  using Base::weight_;

 public:
  /// Registers `name.weight` and, with a bias, `name.bias`.
  /// @throws value_error unless kernel, stride >= 1, 0 <= padding < kernel and 0 <= trailing < kernel
  Conv2d(ParameterLayout& layout, const std::string& name, index_t d_in, index_t d_out,
         const ConvolutionShape& shape)
      : Base("Conv2d", layout, name, Shape<4>{d_out, shape.kernel, shape.kernel, d_in}, d_out,
             static_cast<double>(d_in * shape.kernel * shape.kernel), shape) {
    require<value_error>(shape.trailing >= 0 && shape.trailing < shape.kernel,
                         "Conv2d: trailing is {}, expected 0 <= trailing < kernel {}", shape.trailing,
                         shape.kernel);
  }

  /// Extent of the output images: floor((H + 2 p + trailing - kernel) / stride) + 1.
  /// @throws shape_error when the padded image is smaller than the kernel
  ImageExtent output_extent(const ImageExtent& in) const {
    const index_t height = in.height + 2 * shape_.padding + shape_.trailing - shape_.kernel;
    const index_t width = in.width + 2 * shape_.padding + shape_.trailing - shape_.kernel;
    require<shape_error>(height >= 0 && width >= 0, "Conv2d: an image of {} x {} is smaller than kernel {}",
                         in.height, in.width, shape_.kernel);
    return {in.count, height / shape_.stride + 1, width / shape_.stride + 1};
  }

  /// y = the convolution of x.
  template <ComputeBackend Backend, typename Product>
  void forward(const Backend& backend, Product product_kind, ParameterView<const Scalar> values,
               const ImageExtent& extent, MatrixView<const Scalar> x, MatrixView<Scalar> y,
               Workspace<Backend>& workspace) const {
    const PatchGrid grid = checked_grid("forward", extent, x, y);
    const MatrixView<const Scalar> w = weight_matrix(values);
    if (is_row_map()) {
      product(backend, product_kind, x, w, y);
      if (shape_.bias) add_bias(backend, values[bias_].data(), y);
      return;
    }
    const index_t most = nn_detail::cells_of_slice(grid);
    const auto mark = workspace.mark();
    const auto patches = workspace.template take<Scalar>(Shape<2>{most, grid.patch_size()});
    for (index_t first = 0; first < y.rows(); first += most) {
      const index_t cells = (std::min)(most, y.rows() - first);
      const MatrixView<Scalar> part = y.rows(first, cells);
      backend.for_each(cells, GatherPatches<Scalar>{grid, x.data(), patches.data(), first},
                       grid.patch_size());
      product(backend, product_kind, MatrixView<const Scalar>(patches.rows(0, cells)), w, part);
      if (shape_.bias) add_bias(backend, values[bias_].data(), part);
    }
    workspace.release(mark);
  }

  /// dw += dy^T windows(x), db += column sums of dy, dx = the windows' gradients dy w summed back onto the
  /// pixels (added to what dx holds when `add_to_dx`; not computed when dx is empty).
  template <ComputeBackend Backend>
  void backward(const Backend& backend, ParameterView<const Scalar> values, const ImageExtent& extent,
                MatrixView<const Scalar> x, MatrixView<const Scalar> dy, MatrixView<Scalar> dx,
                ParameterView<Scalar> gradients, Workspace<Backend>& workspace,
                bool add_to_dx = false) const {
    const PatchGrid grid = checked_grid("backward", extent, x, dy);
    const MatrixView<const Scalar> w = weight_matrix(values);
    const MatrixView<Scalar> dw = weight_matrix(gradients);
    const bool wants_dx = dx.data() != nullptr;
    if (shape_.bias) backend.add_column_sums(dy, gradients[bias_].data());
    if (is_row_map()) {
      backend.gemm(Transpose::yes, Transpose::no, Scalar{1}, dy, x, Scalar{1}, dw);
      if (wants_dx)
        backend.gemm(Transpose::no, Transpose::no, Scalar{1}, dy, w, add_to_dx ? Scalar{1} : Scalar{0}, dx);
      return;
    }
    Base::for_each_slice(workspace, grid, [&](index_t out, index_t in, const PatchGrid& slice, auto patches) {
      const MatrixView<const Scalar> part = dy.rows(out, slice.coarse.rows());
      nn_detail::gather_patches(backend, slice, x.row(in), patches.data());
      backend.gemm(Transpose::yes, Transpose::no, Scalar{1}, part, patches, Scalar{1}, dw);
      if (!wants_dx) return;
      backend.gemm(Transpose::no, Transpose::no, Scalar{1}, part, w, Scalar{0}, patches);
      nn_detail::sum_patches<Backend, Scalar>(backend, slice, patches.data(), nullptr, dx.row(in), add_to_dx);
    });
  }

  /// Channels of x.
  index_t d_in() const { return weight_.shape[3]; }
  /// Channels of y.
  index_t d_out() const { return weight_.shape[0]; }
  /// PyTorch's (d_out, d_in, kernel, kernel) -> ours (d_out, kernel, kernel, d_in), on the host.
  template <typename Source>
  void weight_from_torch(const Source* theirs, Scalar* ours) const {
    const index_t window = shape_.kernel * shape_.kernel;
    for (index_t o = 0; o < d_out(); ++o) {
      for (index_t k = 0; k < window; ++k) {
        for (index_t i = 0; i < d_in(); ++i)
          ours[(o * window + k) * d_in() + i] = static_cast<Scalar>(theirs[(o * d_in() + i) * window + k]);
      }
    }
  }

 private:
  bool is_row_map() const { return shape_.kernel == 1 && shape_.stride == 1; }

  template <typename T>
  MatrixView<T> weight_matrix(ParameterView<T> values) const {
    return {values[weight_].data(), {d_out(), shape_.kernel * shape_.kernel * d_in()}};
  }

  PatchGrid checked_grid(const char* where, const ImageExtent& extent, const MatrixView<const Scalar>& x,
                         const MatrixView<const Scalar>& y) const {
    const ImageExtent out = output_extent(extent);
    this->check_images(where, extent, d_in(), out, d_out(), x, y);
    return {extent, out, d_in(), shape_.kernel, shape_.stride, shape_.padding};
  }
};

}  // namespace flashvideo
