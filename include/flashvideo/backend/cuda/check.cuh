// SPDX-License-Identifier: MIT
#pragma once

#pragma push_macro("min")  // Windows'; Thrust has functions of these names
#pragma push_macro("max")
#undef min
#undef max
#include <cublas_v2.h>
#include <cuda_runtime.h>
#include <thrust/system_error.h>
#pragma pop_macro("max")
#pragma pop_macro("min")

#include "flashvideo/backend/cuda/cuda_error.hpp"

namespace flashvideo::cuda_detail {

/// @throws cuda_error unless the status is success; `call` is what was tried
inline void check_cuda(cudaError_t status, const char* call) {
  if (status == cudaSuccess) return;
  (void)cudaGetLastError();  // a failed launch must not be reported again by the next call
  throw cuda_error(
      formatted_message("{}: {} ({})", call, cudaGetErrorString(status), cudaGetErrorName(status)));
}

inline void check_cublas(cublasStatus_t status, const char* call) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  throw cuda_error(formatted_message("{}: {}", call, cublasGetStatusString(status)));
}

/// Calls body(); an exception of Thrust becomes a `cuda_error`.
template <typename Body>
void translate_failures(const char* call, const Body& body) {
  try {
    body();
  } catch (const thrust::system_error& failure) {
    throw cuda_error(formatted_message("{}: {}", call, failure.what()));
  }
}

}  // namespace flashvideo::cuda_detail
