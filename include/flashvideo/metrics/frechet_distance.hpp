// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <complex>
#include <span>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/metrics/eigenvalues.hpp"
#include "flashvideo/metrics/feature_statistics.hpp"

namespace flashvideo {

/// How the trace of the root of the product of two covariances is computed; equal on paper.
enum class FrechetForm {
  product,   ///< tr sqrt(S1 S2): the roots of the product's eigenvalues, real part (scipy's sqrtm)
  symmetric  ///< tr sqrt(sqrt(S1) S2 sqrt(S1)), numbers below 1e-10 kept unrooted (TF-GAN, TATS, VideoGPT)
};

namespace metrics_detail {

/// |value| without its root below 1e-10, where a root would make noise out of rounding.
inline double careful_root(double value) {
  const double size = std::abs(value);
  return size < 1e-10 ? size : std::sqrt(size);
}

/// The root of a covariance (n, n).
inline std::vector<double> symmetric_root(std::span<const double> matrix, index_t n) {
  const SymmetricEigenvalues parts = symmetric_eigenvalues(matrix, n);
  std::vector<double> scaled(parts.vectors.size()), transposed(parts.vectors.size());
  for (index_t i = 0; i < n; ++i) {
    for (index_t j = 0; j < n; ++j) {
      const auto at = static_cast<std::size_t>(i * n + j);
      scaled[at] = parts.vectors[at] * careful_root(parts.values[static_cast<std::size_t>(j)]);
      transposed[static_cast<std::size_t>(j * n + i)] = parts.vectors[at];
    }
  }
  return square_product(scaled, transposed, n);
}

}  // namespace metrics_detail

/// Frechet distance of two Gaussians (Dowson and Landau, 1982; Heusel et al., arXiv:1706.08500):
///
///     d = |m1 - m2|^2 + tr(S1 + S2 - 2 sqrt(S1 S2))
///
/// One feature on either side has no covariance: then only |m1 - m2|^2 is left.
/// @throws shape_error for features of different width, value_error when a side has seen none
inline double frechet_distance(const FeatureStatistics& a, const FeatureStatistics& b, FrechetForm form) {
  require<shape_error>(a.width() == b.width(), "frechet_distance: features of {} and {} numbers", a.width(),
                       b.width());
  require<value_error>(a.count() >= 1 && b.count() >= 1,
                       "frechet_distance: {} and {} features, expected >= 1", a.count(), b.count());
  double distance = 0;
  for (std::size_t i = 0; i < a.mean().size(); ++i) {
    const double difference = a.mean()[i] - b.mean()[i];
    distance += difference * difference;
  }
  if (a.count() == 1 || b.count() == 1) return distance;
  const index_t n = a.width();
  const std::vector<double> s1 = a.covariance(), s2 = b.covariance();
  for (index_t i = 0; i < n; ++i) {
    const auto at = static_cast<std::size_t>(i * n + i);
    distance += s1[at] + s2[at];
  }
  double trace = 0;
  if (form == FrechetForm::product) {
    for (const std::complex<double>& value : eigenvalues(square_product(s1, s2, n), n))
      trace += std::sqrt(value).real();
  } else {
    const std::vector<double> root = metrics_detail::symmetric_root(s1, n);
    const std::vector<double> middle = square_product(root, square_product(s2, root, n), n);
    for (const double value : symmetric_eigenvalues(middle, n).values)
      trace += metrics_detail::careful_root(value);
  }
  return distance - 2 * trace;
}

}  // namespace flashvideo
