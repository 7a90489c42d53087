// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// Number-by-number maps of dense matrices: activations, biases, sums.

#include <type_traits>

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/core/math.hpp"

namespace flashvideo {

/// Numbers of one call of a map.
inline constexpr index_t pointwise_block = 512;

namespace nn_detail {

/// y = f(x), one block per call.
template <typename Activation, typename Scalar>
struct ActivationMap {
  const Scalar* x;
  Scalar* y;
  index_t size;
  FLASHVIDEO_HOST_DEVICE void operator()(index_t block) const {
    const index_t begin = block * pointwise_block;
    const index_t end = begin + pointwise_block < size ? begin + pointwise_block : size;
    for (index_t i = begin; i < end; ++i) y[i] = Activation::value(x[i]);
  }
};

/// dx (+)= dy f'(x), one block per call.
template <typename Activation, typename Scalar>
struct ActivationGradient {
  const Scalar* x;
  const Scalar* dy;
  Scalar* dx;
  index_t size;
  bool add_to_dx;
  FLASHVIDEO_HOST_DEVICE void operator()(index_t block) const {
    const index_t begin = block * pointwise_block;
    const index_t end = begin + pointwise_block < size ? begin + pointwise_block : size;
    if (add_to_dx) {
      for (index_t i = begin; i < end; ++i) dx[i] = math::fma(dy[i], Activation::derivative(x[i]), dx[i]);
    } else {
      for (index_t i = begin; i < end; ++i) dx[i] = dy[i] * Activation::derivative(x[i]);
    }
  }
};

/// y = y + x, one block per call.
template <typename Scalar>
struct AddTo {
  const Scalar* x;
  Scalar* y;
  index_t size;
  FLASHVIDEO_HOST_DEVICE void operator()(index_t block) const {
    const index_t begin = block * pointwise_block;
    const index_t end = begin + pointwise_block < size ? begin + pointwise_block : size;
    for (index_t i = begin; i < end; ++i) y[i] = y[i] + x[i];
  }
};

/// y(r, c) = y(r, c) + bias(c), one row per call.
template <typename Scalar>
struct AddBias {
  MatrixView<Scalar> y;
  const Scalar* bias;
  FLASHVIDEO_HOST_DEVICE void operator()(index_t r) const {
    Scalar* row = y.row(r);
    const index_t columns = y.extent(1);
    for (index_t c = 0; c < columns; ++c) row[c] = row[c] + bias[c];
  }
};

}  // namespace nn_detail

/// Calls functor(b) for every block of `pointwise_block` numbers of `size`, the last one shorter.
template <typename Backend, typename Functor>
void for_each_block(const Backend& backend, index_t size, const Functor& functor) {
  backend.for_each((size + pointwise_block - 1) / pointwise_block, functor, pointwise_block);
}

/// y = f(x), number by number; y may be x.
/// @tparam Activation of nn/activation.hpp
template <typename Activation, ComputeBackend Backend, typename Scalar>
void activate(const Backend& backend, MatrixView<const Scalar> x,
              std::type_identity_t<MatrixView<Scalar>> y) {
  require<shape_error>(x.shape() == y.shape() && x.dense() && y.dense(),
                       "activate: x is {} and y is {}, expected equal dense matrices", shape_text(x.shape()),
                       shape_text(y.shape()));
  for_each_block(backend, x.size(),
                 nn_detail::ActivationMap<Activation, Scalar>{x.data(), y.data(), x.size()});
}

/// dx = dy f'(x), added to what dx holds when `add_to_dx`; dx may be dy.
template <typename Activation, ComputeBackend Backend, typename Scalar>
void activate_backward(const Backend& backend, MatrixView<const Scalar> x,
                       std::type_identity_t<MatrixView<const Scalar>> dy,
                       std::type_identity_t<MatrixView<Scalar>> dx, bool add_to_dx = false) {
  require<shape_error>(
      x.shape() == dy.shape() && x.shape() == dx.shape() && x.dense() && dy.dense() && dx.dense(),
      "activate_backward: x is {}, dy is {} and dx is {}, expected equal dense matrices",
      shape_text(x.shape()), shape_text(dy.shape()), shape_text(dx.shape()));
  for_each_block(
      backend, x.size(),
      nn_detail::ActivationGradient<Activation, Scalar>{x.data(), dy.data(), dx.data(), x.size(), add_to_dx});
}

/// y += x for dense matrices.
template <ComputeBackend Backend, typename Scalar>
void add_to(const Backend& backend, MatrixView<const Scalar> x, std::type_identity_t<MatrixView<Scalar>> y) {
  require<shape_error>(x.shape() == y.shape() && x.dense() && y.dense(),
                       "add_to: x is {} and y is {}, expected equal dense matrices", shape_text(x.shape()),
                       shape_text(y.shape()));
  for_each_block(backend, x.size(), nn_detail::AddTo<Scalar>{x.data(), y.data(), x.size()});
}

/// Every row of y += bias.
template <ComputeBackend Backend, typename Scalar>
void add_bias(const Backend& backend, const Scalar* bias, MatrixView<Scalar> y) {
  backend.for_each(y.rows(), nn_detail::AddBias<Scalar>{y, bias}, y.extent(1));
}

}  // namespace flashvideo
