// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/backend/backend.hpp"

namespace flashvideo {

/// The least that a backend has, declared and never defined: concepts of parts ask for what they need against
/// it, so that no part leans on more than the required verbs (backend/verbs.hpp).
struct ArchetypeBackend {
  /// Elements T in the backend's memory.
  template <typename T>
  struct Buffer {
    /// First element.
    T* data() const;
    /// Elements.
    index_t size() const;
  };

  /// Memory of so many elements, zeros.
  template <typename T>
  Buffer<T> allocate(index_t size) const;
  /// @{
  /// The required verbs, as `ComputeBackend` says.
  template <typename T>
  void upload(T* device, const T* host, index_t size) const;
  template <typename T>
  void download(T* host, const T* device, index_t size) const;
  template <typename T>
  void copy(T* to, const T* from, index_t size) const;
  template <typename T>
  void fill(T* data, index_t size, T value) const;
  template <typename F>
  void for_each(index_t n, const F& f, index_t work) const;
  template <typename Term>
  double sum(index_t n, const Term& term) const;
  template <typename Scalar>
  void add_column_sums(MatrixView<const Scalar> x, Scalar* y) const;
  template <typename Scalar>
  void gemm(Transpose transpose_a, Transpose transpose_b, Scalar alpha, MatrixView<const Scalar> a,
            MatrixView<const Scalar> b, Scalar beta, MatrixView<Scalar> c) const;
  template <typename Scalar>
  void rows(MatrixView<const Scalar> x, MatrixView<const Scalar> w, MatrixView<Scalar> y) const;
  /// @}
};

static_assert(ComputeBackend<ArchetypeBackend>);

}  // namespace flashvideo
