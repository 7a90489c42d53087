// SPDX-License-Identifier: MIT
#pragma once

#pragma push_macro("min")  // Windows'; Thrust has functions of these names
#pragma push_macro("max")
#undef min
#undef max
#include <thrust/system/cuda/execution_policy.h>
#pragma pop_macro("max")
#pragma pop_macro("min")

#include "flashvideo/backend/cuda/check.cuh"
#include "flashvideo/backend/cuda/cublas_product.cuh"
#include "flashvideo/backend/cuda/rows.cuh"
#include "flashvideo/backend/thrust/thrust_runtime.hpp"

namespace flashvideo {

/// The device's side of `Thrust<thrust::cuda::tag>`: one device, one stream on which everything runs in
/// order, a cuBLAS handle, memory from the stream's pool. Only `download` waits for the device. A handle may
/// be used from one thread at a time; threads that run side by side have a backend each. Every failure throws
/// `cuda_error`.
template <>
class ThrustRuntime<thrust::cuda::tag> {
 public:
  /// Which device.
  struct Options {
    int device = 0;  ///< its number, as CUDA counts
  };
  static constexpr index_t column_tile = 1;  ///< neighbouring threads read neighbouring columns

  /// @throws cuda_error when there is no such device or no memory for a stream
  explicit ThrustRuntime(const Options& options) : device_(options.device) {
    use_device();
    cuda_detail::check_cuda(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreate");
    const cublasStatus_t status = cublasCreate(&cublas_);
    if (status == CUBLAS_STATUS_SUCCESS && cublasSetStream(cublas_, stream_) == CUBLAS_STATUS_SUCCESS) return;
    if (status == CUBLAS_STATUS_SUCCESS) cublasDestroy(cublas_);
    cudaStreamDestroy(stream_);
    cuda_detail::check_cublas(status == CUBLAS_STATUS_SUCCESS ? CUBLAS_STATUS_NOT_INITIALIZED : status,
                              "cublasCreate");
  }
  ThrustRuntime(const ThrustRuntime&) = delete;
  ThrustRuntime& operator=(const ThrustRuntime&) = delete;
  ~ThrustRuntime() {
    cudaSetDevice(device_);
    cublasDestroy(cublas_);
    cudaStreamDestroy(stream_);
  }

  /// Calls body(policy) with a policy of the stream.
  template <typename Body>
  void run(const char* verb, index_t, const Body& body) const {
    use_device();
    cuda_detail::translate_failures(verb, [&] { body(thrust::cuda::par_nosync.on(stream_)); });
  }

  /// Memory from the stream's pool.
  void* allocate(std::size_t bytes) const {
    use_device();
    void* memory = nullptr;
    cuda_detail::check_cuda(cudaMallocAsync(&memory, bytes, stream_), "Thrust::allocate");
    return memory;
  }
  /// What `allocate` gave, once the stream is there.
  void deallocate(void* memory) const noexcept { cudaFreeAsync(memory, stream_); }
  /// Zeros.
  void clear(std::byte* memory, std::size_t bytes) const {
    cuda_detail::check_cuda(cudaMemsetAsync(memory, 0, bytes, stream_), "Thrust::allocate");
  }

  /// The host's memory may be changed after the call.
  template <typename T>
  void upload(T* device, const T* host, index_t size) const {
    transfer(device, host, size, cudaMemcpyHostToDevice, "Thrust::upload");
  }
  /// Waits for the device.
  template <typename T>
  void download(T* host, const T* device, index_t size) const {
    transfer(host, device, size, cudaMemcpyDeviceToHost, "Thrust::download");
    synchronize();
  }
  /// Within the device.
  template <typename T>
  void copy(T* to, const T* from, index_t size) const {
    transfer(to, from, size, cudaMemcpyDeviceToDevice, "Thrust::copy");
  }
  /// Waits until the device has done all that was asked. What a kernel did wrong is thrown here at the
  /// latest.
  void synchronize() const { cuda_detail::check_cuda(cudaStreamSynchronize(stream_), "Thrust::synchronize"); }

  /// c = alpha op(a) op(b) + beta c by cuBLAS.
  template <typename Backend, typename Scalar>
  void gemm(const Backend&, Transpose transpose_a, Transpose transpose_b, Scalar alpha,
            MatrixView<const Scalar> a, MatrixView<const Scalar> b, Scalar beta, MatrixView<Scalar> c) const {
    use_device();
    cuda_detail::cublas_product(cublas_, transpose_a, transpose_b, alpha, a, b, beta, c);
  }
  /// y = x w^T in the canonical order, by a kernel of our own.
  template <typename Backend, typename Scalar>
  void rows(const Backend&, MatrixView<const Scalar> x, MatrixView<const Scalar> w,
            MatrixView<Scalar> y) const {
    use_device();
    cuda_detail::cuda_rows(stream_, x, w, y);
  }

  /// The device's number.
  int device() const { return device_; }
  /// Where everything runs.
  cudaStream_t stream() const { return stream_; }

 private:
  void use_device() const { cuda_detail::check_cuda(cudaSetDevice(device_), "Thrust: cudaSetDevice"); }
  void transfer(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, const char* verb) const {
    use_device();
    cuda_detail::check_cuda(cudaMemcpyAsync(to, from, bytes, kind, stream_), verb);
  }
  template <typename T>
  void transfer(T* to, const T* from, index_t size, cudaMemcpyKind kind, const char* verb) const {
    transfer(static_cast<void*>(to), static_cast<const void*>(from),
             static_cast<std::size_t>(size) * sizeof(T), kind, verb);
  }

  int device_;
  cudaStream_t stream_ = nullptr;
  cublasHandle_t cublas_ = nullptr;
};

}  // namespace flashvideo
