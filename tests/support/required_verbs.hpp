// SPDX-License-Identifier: MIT
#pragma once
/// A backend that has the required verbs and nothing else: what a user's backend is on its first day.

#include <utility>

#include "flashvideo/backend/backend.hpp"

namespace flashvideo::test {

/// The required verbs of another backend, every optional one in its plain form.
template <ComputeBackend Inner>
class RequiredVerbs {
 public:
  template <typename T>
  using Buffer = typename Inner::template Buffer<T>;

  template <typename... Arguments>
  explicit RequiredVerbs(Arguments... arguments) : inner_(arguments...) {}

  template <typename T>
  Buffer<T> allocate(index_t size) const {
    return inner_.template allocate<T>(size);
  }
  template <typename T>
  void upload(T* device, const T* host, index_t size) const {
    inner_.upload(device, host, size);
  }
  template <typename T>
  void download(T* host, const T* device, index_t size) const {
    inner_.download(host, device, size);
  }
  template <typename T>
  void copy(T* to, const T* from, index_t size) const {
    inner_.copy(to, from, size);
  }
  template <typename T>
  void fill(T* data, index_t size, T value) const {
    inner_.fill(data, size, value);
  }
  template <typename F>
  void for_each(index_t n, const F& f, index_t work) const {
    inner_.for_each(n, f, work);
  }
  template <typename Term>
  double sum(index_t n, const Term& term) const {
    return inner_.sum(n, term);
  }
  template <typename Scalar>
  void add_column_sums(MatrixView<const Scalar> x, Scalar* y) const {
    inner_.add_column_sums(x, y);
  }
  template <typename Scalar>
  void gemm(Transpose transpose_a, Transpose transpose_b, Scalar alpha,
            std::type_identity_t<MatrixView<const Scalar>> a,
            std::type_identity_t<MatrixView<const Scalar>> b, std::type_identity_t<Scalar> beta,
            std::type_identity_t<MatrixView<Scalar>> c) const {
    inner_.gemm(transpose_a, transpose_b, alpha, a, b, beta, c);
  }
  template <typename Scalar>
  void rows(MatrixView<const Scalar> x, std::type_identity_t<MatrixView<const Scalar>> w,
            std::type_identity_t<MatrixView<Scalar>> y) const {
    inner_.rows(x, w, y);
  }

 private:
  Inner inner_;
};

}  // namespace flashvideo::test
