// SPDX-License-Identifier: MIT
#pragma once

#pragma push_macro("min")  // Windows'; Thrust has functions of these names
#pragma push_macro("max")
#undef min
#undef max
#include <thrust/fill.h>
#include <thrust/for_each.h>
#include <thrust/iterator/counting_iterator.h>
#pragma pop_macro("max")
#pragma pop_macro("min")

#include <algorithm>
#include <memory>
#include <vector>

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/backend/column_sums.hpp"
#include "flashvideo/backend/product_shape.hpp"
#include "flashvideo/backend/thrust/thrust_buffer.hpp"
#include "flashvideo/backend/thrust/thrust_runtime.hpp"
#include "flashvideo/core/error.hpp"

namespace flashvideo {

namespace thrust_detail {

/// The partial sum of block b of a sum's terms, in ascending order.
template <typename Term>
struct SumBlock {
  static constexpr index_t block = 256;
  Term term;
  index_t n;
  double* partial;
  FLASHVIDEO_HOST_DEVICE void operator()(index_t b) const {
    const index_t end = (b + 1) * block < n ? (b + 1) * block : n;
    double total = 0;
    for (index_t i = b * block; i < end; ++i) total += static_cast<double>(term(i));
    partial[b] = total;
  }
};

}  // namespace thrust_detail

/// Thrust as a backend: every verb is one of Thrust's algorithms on an explicit system and raw pointers, so
/// the same functors run on the host's threads and on a device. With `cpp` and `omp` it needs no device and
/// no nvcc (component Thrust); with `cuda` see backend/cuda/cuda.cuh (component Cuda).
///
/// A copy is another handle on the same system. Needs nothing beyond Thrust 1.15.
/// @code Thrust<thrust::omp::tag> omp; auto x = omp.allocate<float>(n); omp.fill(x.data(), n, 1.0F); @endcode
/// @tparam System the tag of a Thrust system: `thrust::cpp::tag`, `thrust::omp::tag`, `thrust::cuda::tag`
template <ThrustSystem System>
class Thrust {
 public:
  using Runtime = ThrustRuntime<System>;  ///< memory, copies, products of the system
  template <typename T>
  using Buffer = ThrustBuffer<T, System>;  ///< memory of the system, aligned and zero

  /// @param options of the system: where small loops run (host), which device (cuda)
  explicit Thrust(const typename Runtime::Options& options = {})
      : runtime_(std::make_shared<const Runtime>(options)) {}

  /// @{
  /// The required verbs, as `ComputeBackend` says.
  template <typename T>
  Buffer<T> allocate(index_t size) const {
    return Buffer<T>(runtime_, size);
  }
  template <typename T>
  void upload(T* device, const T* host, index_t size) const {
    if (size > 0) runtime_->upload(device, host, size);
  }
  template <typename T>
  void download(T* host, const T* device, index_t size) const {
    if (size > 0) runtime_->download(host, device, size);
  }
  template <typename T>
  void copy(T* to, const T* from, index_t size) const {
    if (size > 0) runtime_->copy(to, from, size);
  }
  template <typename T>
  void fill(T* data, index_t size, T value) const {
    if (size <= 0) return;
    runtime_->run("Thrust::fill", size,
                  [&](const auto& policy) { thrust::fill(policy, data, data + size, value); });
  }

  template <typename F>
  void for_each(index_t n, const F& f, index_t work = 1) const {
    if (n <= 0) return;
    using Index = thrust::counting_iterator<index_t>;
    runtime_->run("Thrust::for_each", n * std::max<index_t>(work, 1),
                  [&](const auto& policy) { thrust::for_each(policy, Index(0), Index(n), f); });
  }

  template <typename Term>
  double sum(index_t n, const Term& term) const {
    using Block = thrust_detail::SumBlock<Term>;
    const index_t blocks = (n + Block::block - 1) / Block::block;
    const Buffer<double> partial = allocate<double>(blocks);
    for_each(blocks, Block{term, n, partial.data()}, Block::block);
    std::vector<double> host(static_cast<std::size_t>(blocks));
    download(host.data(), static_cast<const double*>(partial.data()), blocks);
    double total = 0;
    for (const double value : host) total += value;
    return total;
  }

  template <typename Scalar>
  void add_column_sums(MatrixView<const Scalar> x, Scalar* y) const {
    const ColumnSums<Scalar> sums{x, y, Runtime::column_tile};
    for_each(sums.tiles(), sums, sums.tile * x.extent(0));
  }
  template <typename Scalar>
  void add_column_sums(MatrixView<Scalar> x, Scalar* y) const {
    add_column_sums(MatrixView<const Scalar>(x), y);
  }
  /// @}

  /// @throws shape_error when the extents of the product do not fit
  template <typename Scalar>
  void gemm(Transpose transpose_a, Transpose transpose_b, Scalar alpha,
            std::type_identity_t<MatrixView<const Scalar>> a,
            std::type_identity_t<MatrixView<const Scalar>> b, std::type_identity_t<Scalar> beta,
            std::type_identity_t<MatrixView<Scalar>> c) const {
    check_product_shape<Scalar>("Thrust::gemm", transpose_a, transpose_b, a, b, c);
    if (c.size() > 0) runtime_->gemm(*this, transpose_a, transpose_b, alpha, a, b, beta, c);
  }

  /// y (R, M) = x (R, K) w^T, w (M, K), each element in the canonical order.
  template <typename Scalar>
  void rows(MatrixView<const Scalar> x, std::type_identity_t<MatrixView<const Scalar>> w,
            std::type_identity_t<MatrixView<Scalar>> y) const {
    check_product_shape<Scalar>("Thrust::rows", Transpose::no, Transpose::yes, x, w, y);
    if (y.size() > 0) runtime_->rows(*this, x, w, y);
  }

  /// Copies of the backend share it.
  const Runtime& runtime() const { return *runtime_; }

 private:
  std::shared_ptr<const Runtime> runtime_;
};

/// Thrust on the calling thread.
using ThrustCpp = Thrust<thrust::cpp::tag>;
/// Thrust on OpenMP's threads.
using ThrustOmp = Thrust<thrust::omp::tag>;

static_assert(ComputeBackend<ThrustCpp>);

}  // namespace flashvideo
