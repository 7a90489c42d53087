// SPDX-License-Identifier: MIT
// Matrix products of training, by every way the host has: own kernels, bfloat16 operands (AMX or VDPBF16PS),
// Eigen, CBLAS.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "flashvideo/backend/cpu/blas_products.hpp"
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/backend/cpu/eigen_products.hpp"
#include "flashvideo/backend/cpu/mixed_products.hpp"
#include "flashvideo/core/random.hpp"

extern "C" __attribute__((weak)) void openblas_set_num_threads(int);

namespace {

using namespace flashvideo;

struct Case {
  Transpose ta;
  Transpose tb;
  index_t m, n, k;
};
constexpr Transpose N = Transpose::no;
constexpr Transpose T = Transpose::yes;
// forward, gradient of the input, gradient of the weights; a square; a chunk of retention
constexpr Case cases[] = {{N, T, 4096, 768, 192},   {N, N, 4096, 192, 768}, {T, N, 768, 192, 8192},
                          {N, T, 8192, 384, 192},   {T, N, 384, 192, 4096}, {T, N, 1152, 384, 8192},
                          {N, N, 1024, 1024, 1024}, {N, T, 512, 512, 128},  {N, N, 64, 64, 64}};

std::vector<float> random_values(index_t n, std::uint64_t seed) {
  std::vector<float> values(static_cast<std::size_t>(n));
  RandomStream random(seed);
  for (auto& value : values) value = static_cast<float>(random.uniform(-1.0, 1.0));
  return values;
}

template <typename Backend>
void gemm(benchmark::State& state, const Case& shape, int threads, double tolerance) {
  const Backend backend(threads);
  if (openblas_set_num_threads != nullptr) openblas_set_num_threads(threads);
  const auto a_data = random_values(shape.m * shape.k, 1);
  const auto b_data = random_values(shape.k * shape.n, 2);
  std::vector<float> c_data(static_cast<std::size_t>(shape.m * shape.n));
  const MatrixView<const float> a(a_data.data(),
                                  shape.ta == T ? Shape<2>{shape.k, shape.m} : Shape<2>{shape.m, shape.k});
  const MatrixView<const float> b(b_data.data(),
                                  shape.tb == T ? Shape<2>{shape.n, shape.k} : Shape<2>{shape.k, shape.n});
  const MatrixView<float> c(c_data.data(), {shape.m, shape.n});
  backend.gemm(shape.ta, shape.tb, 1.0F, a, b, 0.0F, c);
  for (index_t i = 0; i < shape.m; i += 37) {  // right before fast
    const index_t j = i % shape.n;
    double expected = 0;
    for (index_t k = 0; k < shape.k; ++k) {
      expected +=
          static_cast<double>(shape.ta == T ? a(k, i) : a(i, k)) * (shape.tb == T ? b(j, k) : b(k, j));
    }
    if (std::abs(c(i, j) - expected) > tolerance * std::sqrt(static_cast<double>(shape.k))) {
      return state.SkipWithError("wrong product");
    }
  }
  for (auto unused : state) {
    static_cast<void>(unused);
    backend.gemm(shape.ta, shape.tb, 1.0F, a, b, 0.0F, c);
    benchmark::ClobberMemory();
  }
  const double work =
      2.0 * static_cast<double>(shape.m) * static_cast<double>(shape.n) * static_cast<double>(shape.k);
  state.counters["FLOP/s"] =
      benchmark::Counter(work, benchmark::Counter::kIsIterationInvariantRate, benchmark::Counter::kIs1000);
}

template <typename Backend>
void add(const std::string& name, double tolerance) {
  for (const int threads : {1, 2}) {
    for (const auto& shape : cases) {
      const std::string label = "gemm/" + name + "/f32/" + (shape.ta == T ? "T" : "N") +
                                (shape.tb == T ? "T" : "N") + "/" + std::to_string(shape.m) + "x" +
                                std::to_string(shape.n) + "x" + std::to_string(shape.k) +
                                "/threads:" + std::to_string(threads);
      benchmark::RegisterBenchmark(label.c_str(), gemm<Backend>, shape, threads, tolerance)
          ->UseRealTime()
          ->Unit(benchmark::kMicrosecond);
    }
  }
}

const bool registered = [] {
  add<Cpu>("native", 1e-5);
  add<MixedCpu>("mixed", 2e-2);
  add<BlasCpu>("blas", 1e-5);
  add<EigenCpu>("eigen", 1e-5);
  return true;
}();

}  // namespace
