// SPDX-License-Identifier: MIT
#pragma once

#include <cassert>
#include <type_traits>

#include "flashvideo/core/config.hpp"
#include "flashvideo/tensor/shape.hpp"

namespace flashvideo {

/// A non-owning row-major tensor: the last axis is contiguous, every other axis has a stride, so a view can
/// be a block of columns of a wider matrix. It knows no backend; its pointer belongs to the backend that made
/// it.
/// @code TensorView<float, 2> x(data, {rows, columns}); x(r, c) = 1; auto right = x.columns(8, 16); @endcode
/// @tparam T element type, const for a read-only view (a view of T converts to a view of const T)
/// @tparam Rank number of axes, >= 1
template <typename T, std::size_t Rank>
class TensorView {
  static_assert(Rank >= 1, "flashvideo::TensorView: Rank must be at least 1.");

 public:
  TensorView() = default;
  /// A dense tensor at `data`.
  FLASHVIDEO_HOST_DEVICE TensorView(T* data, const Shape<Rank>& shape) : data_(data), shape_(shape) {
    index_t stride = 1;
    for (std::size_t i = Rank; i-- > 0;) {
      stride_[i] = stride;
      stride *= shape[i];
    }
  }
  /// A strided tensor at `data`; stride[Rank - 1] is 1.
  FLASHVIDEO_HOST_DEVICE TensorView(T* data, const Shape<Rank>& shape, const Shape<Rank>& stride)
      : data_(data), shape_(shape), stride_(stride) {}

  /// A view of const T.
  template <typename U>
  requires(std::is_same_v<U, const T> && !std::is_const_v<T>) FLASHVIDEO_HOST_DEVICE
  operator TensorView<U, Rank>() const {
    return {data_, shape_, stride_};
  }

  /// The element at (0, .., 0); null in a view of nothing.
  FLASHVIDEO_HOST_DEVICE T* data() const { return data_; }
  /// Extents, outermost first.
  FLASHVIDEO_HOST_DEVICE const Shape<Rank>& shape() const { return shape_; }
  /// Extent of an axis, 0 the outermost.
  FLASHVIDEO_HOST_DEVICE index_t extent(std::size_t axis) const { return shape_[axis]; }
  /// Elements from one index of an axis to the next.
  FLASHVIDEO_HOST_DEVICE index_t stride(std::size_t axis) const { return stride_[axis]; }
  /// Number of elements.
  FLASHVIDEO_HOST_DEVICE index_t size() const { return element_count(shape_); }
  /// Extent of the outermost axis.
  FLASHVIDEO_HOST_DEVICE index_t rows() const { return shape_[0]; }
  /// Extent of the contiguous axis.
  FLASHVIDEO_HOST_DEVICE index_t width() const { return shape_[Rank - 1]; }
  /// True when the elements lie without gaps.
  FLASHVIDEO_HOST_DEVICE bool dense() const {
    index_t stride = 1;
    for (std::size_t i = Rank; i-- > 0;) {
      if (shape_[i] != 1 && stride_[i] != stride) return false;
      stride *= shape_[i];
    }
    return true;
  }

  /// The element at an index for each axis; not checked.
  template <typename... Index>
  requires(sizeof...(Index) == Rank) FLASHVIDEO_HOST_DEVICE T& operator()(Index... index) const {
    const index_t at[] = {static_cast<index_t>(index)...};
    index_t offset = 0;
    for (std::size_t i = 0; i < Rank; ++i) offset += at[i] * stride_[i];
    return data_[offset];
  }

  /// Pointer to the first element of outermost slice i.
  FLASHVIDEO_HOST_DEVICE T* row(index_t i) const { return data_ + i * stride_[0]; }

  /// Slice i of the outermost axis.
  FLASHVIDEO_HOST_DEVICE TensorView<T, Rank - 1> operator[](index_t i) const requires(Rank > 1) {
    Shape<Rank - 1> shape{};
    Shape<Rank - 1> stride{};
    for (std::size_t a = 1; a < Rank; ++a) {
      shape[a - 1] = shape_[a];
      stride[a - 1] = stride_[a];
    }
    return {row(i), shape, stride};
  }

  /// Outermost slices [begin, begin + count).
  FLASHVIDEO_HOST_DEVICE TensorView rows(index_t begin, index_t count) const {
    assert(begin >= 0 && count >= 0 && begin + count <= shape_[0]);
    Shape<Rank> shape = shape_;
    shape[0] = count;
    return {row(begin), shape, stride_};
  }

  /// Columns [begin, begin + count) of the contiguous axis.
  FLASHVIDEO_HOST_DEVICE TensorView columns(index_t begin, index_t count) const {
    assert(begin >= 0 && count >= 0 && begin + count <= shape_[Rank - 1]);
    Shape<Rank> shape = shape_;
    shape[Rank - 1] = count;
    return {data_ + begin, shape, stride_};
  }

 private:
  T* data_ = nullptr;
  Shape<Rank> shape_{};
  Shape<Rank> stride_{};
};

/// Rows by columns.
template <typename T>
using MatrixView = TensorView<T, 2>;
/// One axis.
template <typename T>
using VectorView = TensorView<T, 1>;

}  // namespace flashvideo
