// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/backend/canonical_sum.hpp"
#include "flashvideo/backend/cpu/clones.hpp"
#include "flashvideo/backend/cpu/host_buffer.hpp"
#include "flashvideo/backend/cpu/native_products.hpp"
#include "flashvideo/backend/cpu/rows.hpp"
#include "flashvideo/core/cpu_features.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/core/thread_pool.hpp"

namespace flashvideo {

/// The host as a backend: a thread pool, the library's own kernels, and a matrix-product library.
///
/// @code Cpu cpu(2); auto x = cpu.allocate<float>(n); cpu.fill(x.data(), n, 1.0F); @endcode
/// @tparam Products how `gemm` is computed: `NativeProducts` (own kernels), `EigenProducts`, `BlasProducts`
/// (component
///   Blas), `MixedProducts` (bfloat16 operands, float sums)
template <typename Products = NativeProducts>
class BasicCpu {
 public:
  template <typename T>
  using Buffer = HostBuffer<T>;

  /// @param threads threads of a parallel loop, the caller included; 0: one for each hardware thread
  /// @param form widest kernel form to use; never wider than the machine's
  explicit BasicCpu(int threads = 0, InstructionSet form = best_instruction_set())
      : pool_(std::make_shared<ThreadPool>(threads)), form_((std::min)(form, best_instruction_set())) {}

  template <typename T>
  Buffer<T> allocate(index_t size) const {
    return Buffer<T>(size);
  }
  template <typename T>
  void upload(T* device, const T* host, index_t size) const {
    copy(device, host, size);
  }
  template <typename T>
  void download(T* host, const T* device, index_t size) const {
    copy(host, device, size);
  }
  template <typename T>
  void copy(T* to, const T* from, index_t size) const {
    if (size > 0) std::memmove(to, from, static_cast<std::size_t>(size) * sizeof(T));
  }
  template <typename T>
  void fill(T* data, index_t size, T value) const {
    std::fill_n(data, size, value);
  }

  template <typename F>
  void for_each(index_t n, const F& f, index_t work = 1) const {
    const index_t grain = std::max<index_t>(1, smallest_range / std::max<index_t>(work, 1));
    pool_->parallel_for(n, grain, [&](index_t begin, index_t end) { detail::loop(form_, f, begin, end); });
  }

  template <typename Term>
  double sum(index_t n, const Term& term) const {
    constexpr index_t block = 4096;
    std::vector<double> partial(static_cast<std::size_t>((n + block - 1) / block));
    pool_->parallel_for(static_cast<index_t>(partial.size()), 1, [&](index_t begin, index_t end) {
      for (index_t b = begin; b < end; ++b) {
        double total = 0;
        for (index_t i = b * block; i < (std::min)(n, (b + 1) * block); ++i)
          total += static_cast<double>(term(i));
        partial[static_cast<std::size_t>(b)] = total;
      }
    });
    double total = 0;
    for (const double value : partial) total += value;
    return total;
  }

  template <typename Scalar>
  void add_column_sums(MatrixView<const Scalar> x, Scalar* y) const {
    constexpr index_t tile = 64;
    for_each((x.extent(1) + tile - 1) / tile, ColumnSums<Scalar>{x, y, tile}, tile * x.extent(0));
  }
  template <typename Scalar>
  void add_column_sums(MatrixView<Scalar> x, Scalar* y) const {
    add_column_sums(MatrixView<const Scalar>(x), y);
  }

  /// @throws shape_error when the extents of the product do not fit
  template <typename Scalar>
  void gemm(Transpose transpose_a, Transpose transpose_b, Scalar alpha,
            std::type_identity_t<MatrixView<const Scalar>> a,
            std::type_identity_t<MatrixView<const Scalar>> b, std::type_identity_t<Scalar> beta,
            std::type_identity_t<MatrixView<Scalar>> c) const {
    check_product_shapes(transpose_a, transpose_b, a, b, c);
    Products::gemm(*pool_, form_, transpose_a, transpose_b, alpha, a, b, beta, c);
  }

  /// y (R, M) = x (R, K) w^T, w (M, K), each element in the canonical order.
  template <typename Scalar>
  void rows(MatrixView<const Scalar> x, std::type_identity_t<MatrixView<const Scalar>> w,
            std::type_identity_t<MatrixView<Scalar>> y) const {
    check_product_shapes<Scalar>(Transpose::no, Transpose::yes, x, w, y);
    detail::cpu_rows(*pool_, form_, x, w, y);
  }

  ThreadPool& pool() const { return *pool_; }
  InstructionSet form() const { return form_; }

 private:
  static constexpr index_t smallest_range = 16384;  // elements worth handing to another thread, about 5 us

  template <typename Scalar>
  struct ColumnSums {
    MatrixView<const Scalar> x;
    Scalar* y;
    index_t tile;
    void operator()(index_t t) const {
      const index_t begin = t * tile;
      const index_t end = (std::min)(begin + tile, x.extent(1));
      for (index_t r = 0; r < x.extent(0); ++r) {
        const Scalar* row = x.row(r);
        for (index_t c = begin; c < end; ++c) y[c] += row[c];
      }
    }
  };

  template <typename Scalar>
  static void check_product_shapes(Transpose ta, Transpose tb, const MatrixView<const Scalar>& a,
                                   const MatrixView<const Scalar>& b, const MatrixView<Scalar>& c) {
    const index_t m = a.extent(ta == Transpose::yes ? 1 : 0);
    const index_t k = a.extent(ta == Transpose::yes ? 0 : 1);
    const index_t k_b = b.extent(tb == Transpose::yes ? 1 : 0);
    const index_t n = b.extent(tb == Transpose::yes ? 0 : 1);
    require<shape_error>(k == k_b && c.extent(0) == m && c.extent(1) == n,
                         "Cpu::gemm: ({}, {}) times ({}, {}) does not give ({}, {})", m, k, k_b, n,
                         c.extent(0), c.extent(1));
  }

  std::shared_ptr<ThreadPool> pool_;
  InstructionSet form_;
};

/// The default host backend.
using Cpu = BasicCpu<>;

static_assert(ComputeBackend<Cpu>);

}  // namespace flashvideo
