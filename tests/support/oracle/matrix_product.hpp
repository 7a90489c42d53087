// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <vector>

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/core/random.hpp"

namespace oracle {

using flashvideo::index_t;
using flashvideo::MatrixView;
using flashvideo::Transpose;

/// A matrix inside a wider array, so that strides differ from widths; the gaps hold a guard value.
template <typename Scalar>
struct StridedMatrix {
  static constexpr Scalar guard = Scalar(12345);
  StridedMatrix(index_t row_count, index_t column_count, index_t gap_width, std::uint64_t seed)
      : storage(static_cast<std::size_t>(row_count * (column_count + gap_width) + 1), guard),
        rows(row_count),
        columns(column_count),
        gap(gap_width) {
    flashvideo::RandomStream random(seed);
    for (index_t i = 0; i < rows; ++i) {
      for (index_t j = 0; j < columns; ++j) view()(i, j) = static_cast<Scalar>(random.uniform(-1.0, 1.0));
    }
  }
  MatrixView<Scalar> view() { return {storage.data(), {rows, columns}, {columns + gap, 1}}; }
  bool gaps_untouched() {
    for (index_t i = 0; i < rows; ++i) {
      for (index_t j = 0; j < gap; ++j) {
        if (storage[static_cast<std::size_t>(i * (columns + gap) + columns + j)] != guard) return false;
      }
    }
    return true;
  }
  std::vector<Scalar> storage;
  index_t rows;
  index_t columns;
  index_t gap;
};

/// op(x)(i, j).
template <typename Scalar>
double element(Transpose transpose, MatrixView<const Scalar> x, index_t i, index_t j) {
  return static_cast<double>(transpose == Transpose::yes ? x(j, i) : x(i, j));
}

/// One element of alpha op(a) op(b) + beta c in double, and the sum of the terms' magnitudes.
struct ProductElement {
  double value = 0;
  double magnitude = 0;
};
template <typename Scalar>
ProductElement product_element(Transpose ta, Transpose tb, double alpha, MatrixView<const Scalar> a,
                               MatrixView<const Scalar> b, double beta, double c, index_t i, index_t j) {
  const index_t inner = a.extent(ta == Transpose::yes ? 0 : 1);
  ProductElement sum;
  for (index_t k = 0; k < inner; ++k) {
    const double term = element(ta, a, i, k) * element(tb, b, k, j);
    sum.value += term;
    sum.magnitude += std::abs(term);
  }
  const double rest = beta == 0.0 ? 0.0 : beta * c;
  return {alpha * sum.value + rest, std::abs(alpha) * sum.magnitude + std::abs(rest)};
}

}  // namespace oracle
