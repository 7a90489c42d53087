// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// Laws that hold on every backend, memory of a device included: tests/unit/<room>/on_backends_test.cpp
/// instantiates tests/kernels/<room>.hpp for Cpu, Thrust<cpp> and Thrust<omp>, tests/cuda/<room>.cu the same
/// for Thrust<cuda>. Cpu in double is the reference: its own tests compare it with plain loops and finite
/// differences.

#include <cstddef>
#include <vector>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/backend/workspace.hpp"
#include "flashvideo/nn/parameter.hpp"
#include "support/backends.hpp"
#include "support/gradient_check.hpp"

namespace kernels {

using namespace flashvideo;

/// One run of a component: arrays in the backend's memory, and the results that it read back.
template <typename ScalarType, typename BackendType>
struct Run {
  using Scalar = ScalarType;
  using Backend = BackendType;

  Backend backend;
  Workspace<Backend> workspace;
  std::vector<std::vector<Scalar>> results;

  explicit Run(const Backend& on) : backend(on), workspace(on) {}

  /// The host's numbers on the backend, until the run ends.
  template <typename T>
  T* upload(const std::vector<T>& host) {
    const auto view = workspace.template take<T>(Shape<1>{static_cast<index_t>(host.size())});
    backend.upload(view.data(), host.data(), view.size());
    return view.data();
  }
  /// Normal numbers with the precision of float, so that every scalar starts from the same.
  MatrixView<Scalar> numbers(index_t rows, index_t columns, std::uint64_t seed, double scale = 1) {
    const std::vector<float> rough = test::normal_numbers<float>(rows * columns, seed, scale);
    return {upload(std::vector<Scalar>(rough.begin(), rough.end())), {rows, columns}};
  }
  MatrixView<Scalar> zeros(index_t rows, index_t columns) {
    return {upload(std::vector<Scalar>(static_cast<std::size_t>(rows * columns))), {rows, columns}};
  }
  ParameterView<const Scalar> parameters(const ParameterLayout& layout, std::uint64_t seed,
                                         double scale = 0.3) {
    return ParameterView<const Scalar>(numbers(1, layout.size(), seed, scale).data());
  }
  ParameterView<Scalar> gradients(const ParameterLayout& layout) {
    return ParameterView<Scalar>(zeros(1, layout.size()).data());
  }

  /// Reads a dense array back as one more result.
  void keep(const Scalar* data, index_t size) { results.push_back(test::to_host(backend, data, size)); }
  template <typename T, std::size_t Rank>
  void keep(const TensorView<T, Rank>& x) {
    REQUIRE(x.dense());
    keep(x.data(), x.size());
  }
};

/// body(run) gives the same results on the backend as on Cpu in double.
template <typename Combination, typename Body>
void require_equals_cpu(const Body& body, double float_tolerance = 2e-5, double double_tolerance = 1e-12) {
  using Scalar = typename Combination::Scalar;
  Run<Scalar, typename Combination::Backend> run(test_backend<typename Combination::Backend>());
  body(run);
  Run<double, Cpu> reference{Cpu(2)};
  body(reference);
  REQUIRE(!run.results.empty());
  REQUIRE(run.results.size() == reference.results.size());
  for (std::size_t i = 0; i < run.results.size(); ++i) {
    INFO("result " << i);
    const double error = test::largest_error(run.results[i], reference.results[i]);
    CHECK(error <= (sizeof(Scalar) == 4 ? float_tolerance : double_tolerance));
  }
}

}  // namespace kernels
