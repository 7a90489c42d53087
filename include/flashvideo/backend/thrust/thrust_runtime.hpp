// SPDX-License-Identifier: MIT
#pragma once

#pragma push_macro("min")  // Windows'; Thrust has functions of these names
#pragma push_macro("max")
#undef min
#undef max
#include <thrust/copy.h>
#include <thrust/execution_policy.h>
#include <thrust/fill.h>
#include <thrust/memory.h>
#include <thrust/system/cpp/execution_policy.h>
#include <thrust/system/cpp/memory.h>
#include <thrust/system/omp/execution_policy.h>
#include <thrust/system/omp/memory.h>
#pragma pop_macro("max")
#pragma pop_macro("min")

#include <concepts>
#include <new>
#include <type_traits>

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/backend/canonical_sum.hpp"
#include "flashvideo/backend/thrust/tiled_product.hpp"
#include "flashvideo/core/cpu_features.hpp"

namespace flashvideo {

/// A system of Thrust, named by its tag: `thrust::cpp::tag`, `thrust::omp::tag`, `thrust::cuda::tag`.
template <typename System>
concept ThrustSystem =
    std::default_initializable<System> && std::derived_from<System, thrust::execution_policy<System>>;

/// What `Thrust<System>` asks of its system beyond Thrust's algorithms: where loops run, memory, copies and
/// the two products. This is the form for systems whose memory is the host's (`cpp`, `omp`); the device's is
/// in backend/cuda/.
template <ThrustSystem System>
class ThrustRuntime {
 public:
  /// Of a host system.
  struct Options {
    index_t smallest_parallel = 4096;  ///< loops that touch fewer elements run on the calling thread
  };
  static constexpr index_t column_tile = 64;  ///< columns that one call of `add_column_sums` walks down

  /// Of the options.
  explicit ThrustRuntime(const Options& options) : options_(options) {}

  /// Calls body(policy) with the execution policy for a loop that touches `work` elements.
  /// @param verb whose loop it is, for a device's failures
  template <typename Body>
  void run([[maybe_unused]] const char* verb, index_t work, const Body& body) const {
    if (std::is_same_v<System, thrust::cpp::tag> || work >= options_.smallest_parallel) {
      body(System{});
    } else {
      body(thrust::seq);
    }
  }

  /// @throws std::bad_alloc when there is no memory
  void* allocate(std::size_t bytes) const {
    void* const memory = thrust::malloc(System{}, bytes).get();
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
  }
  /// What `allocate` gave.
  void deallocate(void* memory) const noexcept {
    thrust::free(System{}, thrust::pointer<void, System>(memory));
  }
  /// Zeros.
  void clear(std::byte* memory, std::size_t bytes) const {
    thrust::fill(System{}, memory, memory + bytes, std::byte{0});
  }

  /// @{
  /// `size` elements from one memory to another; both are the host's here.
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
    run("Thrust::copy", size, [&](const auto& policy) { thrust::copy(policy, from, from + size, to); });
  }
  /// @}

  /// c = alpha op(a) op(b) + beta c, tile by tile.
  template <typename Backend, typename Scalar>
  void gemm(const Backend& backend, Transpose transpose_a, Transpose transpose_b, Scalar alpha,
            MatrixView<const Scalar> a, MatrixView<const Scalar> b, Scalar beta, MatrixView<Scalar> c) const {
    const thrust_detail::TiledProduct<Scalar> product(transpose_a, transpose_b, alpha, a, b, beta, c);
    backend.for_each(product.tiles(), product, product.work_per_tile());
  }

  /// y = x w^T, element by element in the canonical order.
  template <typename Backend, typename Scalar>
  void rows(const Backend& backend, MatrixView<const Scalar> x, MatrixView<const Scalar> w,
            MatrixView<Scalar> y) const {
    const RowsElement<Scalar, Scalar> element{x.data(), x.stride(0), w.data(),    w.stride(0),
                                              y.data(), y.stride(0), w.extent(0), w.extent(1)};
    backend.for_each(y.size(), element, w.extent(1));
  }

 private:
  Options options_;
};

}  // namespace flashvideo
