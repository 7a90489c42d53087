// SPDX-License-Identifier: MIT
#include "flashvideo/metrics/eigenvalues.hpp"

#include <algorithm>
#include <complex>
#include <vector>

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("symmetric_eigenvalues: V diag V^T is the matrix") {
  const std::vector<double> matrix{4, 1, -2, 1, 3, 0.5, -2, 0.5, 6};
  const SymmetricEigenvalues parts = symmetric_eigenvalues(matrix, 3);
  CHECK(std::is_sorted(parts.values.begin(), parts.values.end()));
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < 3; ++k)
        sum += parts.vectors[i * 3 + k] * parts.values[k] * parts.vectors[j * 3 + k];
      CHECK(sum == Approx(matrix[i * 3 + j]).margin(1e-12));
    }
  }
  CHECK_THROWS_AS(symmetric_eigenvalues(matrix, 2), shape_error);
}

TEST_CASE("eigenvalues: of a turn and a stretch, and square_product is rows times columns") {
  std::vector<std::complex<double>> values = eigenvalues(std::vector<double>{0, -1, 0, 1, 0, 0, 0, 0, 5}, 3);
  std::sort(values.begin(), values.end(),
            [](auto a, auto b) { return a.real() != b.real() ? a.real() < b.real() : a.imag() < b.imag(); });
  CHECK(std::abs(values[0] - std::complex<double>(0, -1)) < 1e-12);
  CHECK(std::abs(values[1] - std::complex<double>(0, 1)) < 1e-12);
  CHECK(std::abs(values[2] - std::complex<double>(5, 0)) < 1e-12);
  CHECK(square_product(std::vector<double>{1, 2, 3, 4}, std::vector<double>{5, 6, 7, 8}, 2) ==
        std::vector<double>{19, 22, 43, 50});
  CHECK_THROWS_AS(square_product(std::vector<double>{1}, std::vector<double>{1, 2, 3, 4}, 2), shape_error);
  CHECK_THROWS_AS(eigenvalues(std::vector<double>{1, 2}, 1), shape_error);
}
