// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>

#include "flashvideo/core/config.hpp"
#include "flashvideo/tensor/tensor_view.hpp"

namespace flashvideo {

/// Whether a product reads a matrix as it lies or transposed.
enum class Transpose : bool { no = false, yes = true };

namespace backend_detail {
/// Stands for "some host-device functor of an index" in the concept below.
struct IndexFunctor {
  FLASHVIDEO_HOST_DEVICE void operator()(index_t) const {}
};
/// Stands for "some host-device functor from an index to a number".
struct IndexTerm {
  FLASHVIDEO_HOST_DEVICE double operator()(index_t) const { return 0; }
};
}  // namespace backend_detail

/// The verbs in which layers are written: those that every backend has; the table of all is in
/// backend/verbs.hpp. A backend is a cheap-to-copy handle (a type, never a macro), so several live in one
/// program. Memory belongs to the backend that allocated it; functors are structs with a host-device
/// `void operator()(index_t) const` that hold pointers by value.
template <typename B>
concept ComputeBackend = std::copy_constructible<B> &&
    requires(const B& backend, float* data, const float* source, MatrixView<const float> a,
             MatrixView<float> c) {
  typename B::template Buffer<float>;
  { backend.template allocate<float>(index_t{1}) } -> std::same_as<typename B::template Buffer<float>>;
  backend.upload(data, source, index_t{1});
  backend.download(data, source, index_t{1});
  backend.copy(data, source, index_t{1});
  backend.fill(data, index_t{1}, 0.0F);
  backend.for_each(index_t{1}, backend_detail::IndexFunctor{}, index_t{1});
  { backend.sum(index_t{1}, backend_detail::IndexTerm{}) } -> std::same_as<double>;
  backend.add_column_sums(a, data);
  backend.gemm(Transpose::no, Transpose::yes, 1.0F, a, a, 0.0F, c);
  backend.rows(a, a, c);
};

}  // namespace flashvideo
