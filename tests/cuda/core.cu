// SPDX-License-Identifier: MIT
// The elementary functions and random numbers give the same bits on the device as on the host.
#include <cuda_runtime.h>

#include <cstdint>
#include <vector>

#include "flashvideo/cuda.cuh"
#include "support/catch.hpp"

namespace {

constexpr int count = 4096;
constexpr int functions = 5;

__host__ __device__ void evaluate(int i, double* values) {
  const double x = 0.021 * (i - 2048);
  values[0] = flashvideo::math::exp(x);
  values[1] = flashvideo::math::log(0.37 * (i + 1));
  values[2] = flashvideo::math::sine_cosine(x).sine;
  values[3] = static_cast<double>(flashvideo::math::exp(static_cast<float>(x)));
  values[4] = flashvideo::random_uniform({7, 3, static_cast<std::uint64_t>(i)}, 5);
}

__global__ void evaluate_all(double* values) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < count) evaluate(i, values + functions * i);
}

}  // namespace

TEST_CASE("core: host and device give the same bits") {
  std::vector<double> expected(count * functions), actual(count * functions, -1.0);
  for (int i = 0; i < count; ++i) evaluate(i, expected.data() + functions * i);
  double* device = nullptr;
  const std::size_t bytes = actual.size() * sizeof(double);
  REQUIRE(cudaMalloc(&device, bytes) == cudaSuccess);
  evaluate_all<<<count / 128, 128>>>(device);
  REQUIRE(cudaMemcpy(actual.data(), device, bytes, cudaMemcpyDeviceToHost) == cudaSuccess);
  cudaFree(device);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    REQUIRE(__builtin_bit_cast(std::uint64_t, actual[i]) == __builtin_bit_cast(std::uint64_t, expected[i]));
  }
}
