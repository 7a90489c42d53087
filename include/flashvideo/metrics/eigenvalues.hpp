// SPDX-License-Identifier: MIT
#pragma once

// Neither Eigen nor the library's <complex> stands these, X11's and Windows'.
#pragma push_macro("Success")
#pragma push_macro("min")
#pragma push_macro("max")
#undef Success
#undef min
#undef max
#include <Eigen/Eigenvalues>
#include <complex>
#pragma pop_macro("max")
#pragma pop_macro("min")
#pragma pop_macro("Success")
#include <span>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"

namespace flashvideo {

/// A symmetric matrix as V diag(values) V^T.
struct SymmetricEigenvalues {
  std::vector<double> values;   ///< (n), ascending
  std::vector<double> vectors;  ///< V (n, n) row-major, one eigenvector a column
};

/// Eigenvalues and eigenvectors of a symmetric matrix. @param matrix (n, n) row-major; its lower half is read
/// @throws shape_error unless it has n n numbers, n >= 1
inline SymmetricEigenvalues symmetric_eigenvalues(std::span<const double> matrix, index_t n) {
  using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  require<shape_error>(n >= 1 && static_cast<index_t>(matrix.size()) == n * n,
                       "symmetric_eigenvalues: {} numbers, expected {}", matrix.size(), n * n);
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(Eigen::Map<const Matrix>(matrix.data(), n, n));
  SymmetricEigenvalues result{std::vector<double>(static_cast<std::size_t>(n)),
                              std::vector<double>(matrix.size())};
  Eigen::Map<Eigen::VectorXd>(result.values.data(), n) = solver.eigenvalues();
  Eigen::Map<Matrix>(result.vectors.data(), n, n) = solver.eigenvectors();
  return result;
}

/// Eigenvalues of any square matrix, in no particular order. @param matrix (n, n) row-major
/// @throws shape_error unless it has n n numbers, n >= 1
inline std::vector<std::complex<double>> eigenvalues(std::span<const double> matrix, index_t n) {
  using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  require<shape_error>(n >= 1 && static_cast<index_t>(matrix.size()) == n * n,
                       "eigenvalues: {} numbers, expected {}", matrix.size(), n * n);
  const Eigen::EigenSolver<Eigen::MatrixXd> solver(Eigen::Map<const Matrix>(matrix.data(), n, n), false);
  std::vector<std::complex<double>> values(static_cast<std::size_t>(n));
  for (index_t i = 0; i < n; ++i) values[static_cast<std::size_t>(i)] = solver.eigenvalues()[i];
  return values;
}

/// C (n, n) = A B, row-major.
inline std::vector<double> square_product(std::span<const double> a, std::span<const double> b, index_t n) {
  using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  require<shape_error>(static_cast<index_t>(a.size()) == n * n && a.size() == b.size(),
                       "square_product: {} and {} numbers, expected {}", a.size(), b.size(), n * n);
  std::vector<double> c(a.size());
  Eigen::Map<Matrix>(c.data(), n, n).noalias() =
      Eigen::Map<const Matrix>(a.data(), n, n) * Eigen::Map<const Matrix>(b.data(), n, n);
  return c;
}

}  // namespace flashvideo
