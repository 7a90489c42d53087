// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <limits>
#include <vector>

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/core/cpu_features.hpp"
#include "flashvideo/core/random.hpp"

namespace oracle {

using flashvideo::best_instruction_set;
using flashvideo::index_t;
using flashvideo::InstructionSet;
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
Scalar element(Transpose transpose, MatrixView<const Scalar> x, index_t i, index_t j) {
  return transpose == Transpose::yes ? x(j, i) : x(i, j);
}

/// One element of alpha op(a) op(b) + beta c in double, and the sum of the terms' magnitudes.
struct ProductElement {
  double value = 0;
  double magnitude = 0;
};
template <typename Scalar>
ProductElement product_element(Transpose ta, Transpose tb, double alpha, MatrixView<const Scalar> a,
                               MatrixView<const Scalar> b, double beta, double c, index_t i, index_t j,
                               double (*rounded)(Scalar)) {
  const index_t inner = a.extent(ta == Transpose::yes ? 0 : 1);
  ProductElement sum;
  for (index_t k = 0; k < inner; ++k) {
    const double term = rounded(element(ta, a, i, k)) * rounded(element(tb, b, k, j));
    sum.value += term;
    sum.magnitude += std::abs(term);
  }
  const double rest = beta == 0.0 ? 0.0 : beta * c;
  return {alpha * sum.value + rest, std::abs(alpha) * sum.magnitude + std::abs(rest)};
}

/// c (m, n) = op(a) (m, k) op(b) (k, n).
struct Extents {
  index_t m, n, k;
};
inline constexpr Extents odd_extents[] = {{1, 1, 1},   {1, 17, 3},    {17, 1, 5},    {7, 47, 17},
                                          {8, 48, 16}, {9, 49, 33},   {5, 97, 2},    {33, 31, 64},
                                          {4, 12, 1},  {131, 66, 19}, {50, 20, 500}, {2, 900, 3},
                                          {300, 3, 7}, {64, 64, 64},  {129, 48, 241}};
inline constexpr Transpose both[] = {Transpose::no, Transpose::yes};

/// The forms that this machine runs.
inline std::vector<InstructionSet> forms() {
  std::vector<InstructionSet> found;
  for (const auto form : {InstructionSet::baseline, InstructionSet::avx2, InstructionSet::avx512}) {
    if (form <= best_instruction_set()) found.push_back(form);
  }
  return found;
}

/// Largest error of one product against the oracle, in units of the scalar's epsilon times the terms'
/// magnitudes.
template <typename Scalar, typename Gemm>
double worst_product_error(
    const Extents& e, Transpose ta, Transpose tb, Scalar alpha, Scalar beta, const Gemm& gemm,
    double (*rounded)(Scalar) = [](Scalar x) { return static_cast<double>(x); }) {
  StridedMatrix<Scalar> a(ta == Transpose::yes ? e.k : e.m, ta == Transpose::yes ? e.m : e.k, 3, 1);
  StridedMatrix<Scalar> b(tb == Transpose::yes ? e.n : e.k, tb == Transpose::yes ? e.k : e.n, 1, 2);
  StridedMatrix<Scalar> c(e.m, e.n, 5, 3);
  const StridedMatrix<Scalar> before = c;
  if (beta == Scalar{0}) {
    for (index_t i = 0; i < e.m; ++i) {
      for (index_t j = 0; j < e.n; ++j) c.view()(i, j) = std::numeric_limits<Scalar>::quiet_NaN();
    }
  }
  gemm(ta, tb, alpha, MatrixView<const Scalar>(a.view()), MatrixView<const Scalar>(b.view()), beta, c.view());
  if (!c.gaps_untouched()) return std::numeric_limits<double>::infinity();
  double worst = 0;
  StridedMatrix<Scalar> old = before;
  for (index_t i = 0; i < e.m; ++i) {
    for (index_t j = 0; j < e.n; ++j) {
      const auto expected = oracle::product_element<Scalar>(ta, tb, alpha, a.view(), b.view(), beta,
                                                            old.view()(i, j), i, j, rounded);
      const double error =
          std::abs(static_cast<double>(c.view()(i, j)) - expected.value) / expected.magnitude;
      if (!(error <= worst)) worst = error;  // a NaN stays
    }
  }
  return worst;
}

}  // namespace oracle
