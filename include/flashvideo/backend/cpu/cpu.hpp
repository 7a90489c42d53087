// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/backend/column_sums.hpp"
#include "flashvideo/backend/cpu/attention.hpp"
#include "flashvideo/backend/cpu/draft_recurrence.hpp"
#include "flashvideo/backend/cpu/native_products.hpp"
#include "flashvideo/backend/cpu/packed_rows.hpp"
#include "flashvideo/backend/cpu/retention.hpp"
#include "flashvideo/backend/cpu/retention_recurrence.hpp"
#include "flashvideo/backend/cpu/rows.hpp"
#include "flashvideo/backend/default_backend.hpp"
#include "flashvideo/backend/host_buffer.hpp"
#include "flashvideo/backend/product_shape.hpp"
#include "flashvideo/core/clones.hpp"
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
template <typename Products>
class BasicCpu final {
 public:
  template <typename T>
  using Buffer = HostBuffer<T>;  ///< host memory, aligned and zero

  /// @param threads threads of a parallel loop, the caller included; 0: one for each hardware thread
  /// @param form widest kernel form to use; never wider than the machine's
  explicit BasicCpu(int threads = 0, InstructionSet form = best_instruction_set())
      : pool_(std::make_shared<ThreadPool>(threads)), form_((std::min)(form, best_instruction_set())) {}

  /// @{
  /// The required verbs, as `ComputeBackend` says.
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
    pool_->parallel_for(n, grain, [&](index_t begin, index_t end) { loop_with(form_, f, begin, end); });
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
    const ColumnSums<Scalar> sums{x, y, 64};
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
    check_product_shape("Cpu::gemm", transpose_a, transpose_b, a, b, c);
    Products::gemm(*pool_, form_, transpose_a, transpose_b, alpha, a, b, beta, c);
  }

  /// y (R, M) = x (R, K) w^T, w (M, K), each element in the canonical order.
  template <typename Scalar>
  void rows(MatrixView<const Scalar> x, std::type_identity_t<MatrixView<const Scalar>> w,
            std::type_identity_t<MatrixView<Scalar>> y) const {
    check_product_shape<Scalar>("Cpu::rows", Transpose::no, Transpose::yes, x, w, y);
    cpu_detail::cpu_rows(*pool_, form_, x, w, y);
  }

  // The optional verbs in the host's own forms.

  /// @{
  /// See `verbs` (backend/verbs.hpp).
  PanelLayout panel_layout(WeightStorage storage) const {
    return cpu_detail::cpu_panel_layout(form_, storage);
  }
  template <typename Epilogue>
  void packed_rows(MatrixView<const float> x, const PackedMatrix& w, MatrixView<float> y,
                   Workspace<BasicCpu>& workspace, const Epilogue& epilogue) const {
    cpu_detail::cpu_packed_rows(*this, x, w, y, workspace, epilogue);
  }
  template <typename Scalar, typename After>
  void recurrence(const LaneGroup<Scalar>& group, const RecurrenceRows<Scalar>& rows,
                  const After& after) const {
    cpu_detail::cpu_recurrence(*this, group, rows, after);
  }
  template <typename Scalar>
  void draft_recurrence(const LaneGroup<Scalar>& group, const RecurrenceRows<Scalar>& rows) const {
    cpu_detail::cpu_draft_recurrence(*this, group, rows);
  }
  template <typename Scalar>
  void replay(const KeptDraftGroup<Scalar>& group, const ReplaySizes& sizes) const {
    cpu_detail::cpu_replay(*this, group, sizes);
  }
  template <typename Scalar>
  void retention_forward(const ChunkSchedule& schedule, const RetentionInput<Scalar>& in,
                         const ChunkStates<Scalar>& states, MatrixView<Scalar> o,
                         Workspace<BasicCpu>& workspace) const {
    cpu_detail::cpu_retention_forward<Products>(*this, schedule, in, states, o, workspace);
  }
  template <typename Scalar>
  void retention_backward(const ChunkSchedule& schedule, const RetentionInput<Scalar>& in,
                          const ChunkStates<Scalar>& states, MatrixView<const Scalar> d_o,
                          const RetentionGradient<Scalar>& gradient, const StateGradient<Scalar>& d_state,
                          Workspace<BasicCpu>& workspace) const {
    cpu_detail::cpu_retention_backward<Products>(*this, schedule, in, states, d_o, gradient, d_state,
                                                 workspace);
  }
  template <typename Scalar>
  void attention_forward(const AttentionInput<Scalar>& in, MatrixView<Scalar> o, MatrixView<Scalar> log_sums,
                         Workspace<BasicCpu>& workspace) const {
    cpu_detail::cpu_attention_forward<Products>(*this, in, o, log_sums, workspace);
  }
  template <typename Scalar>
  void attention_backward(const AttentionInput<Scalar>& in, MatrixView<const Scalar> o,
                          MatrixView<const Scalar> log_sums, MatrixView<const Scalar> d_o,
                          const AttentionGradient<Scalar>& gradient, Workspace<BasicCpu>& workspace) const {
    cpu_detail::cpu_attention_backward<Products>(*this, in, o, log_sums, d_o, gradient, workspace);
  }
  /// @}

  /// The team of threads; copies of the backend share it.
  ThreadPool& pool() const { return *pool_; }
  /// The widest form in use.
  InstructionSet form() const { return form_; }

 private:
  static constexpr index_t smallest_range = 16384;  // elements worth handing to another thread, about 5 us

  std::shared_ptr<ThreadPool> pool_;
  InstructionSet form_;
};

static_assert(ComputeBackend<Cpu>);

}  // namespace flashvideo
