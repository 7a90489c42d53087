// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "flashvideo/core/error.hpp"

namespace flashvideo::baselines {

/// What something costs at a length, timed at several lengths; a power law through each two neighbours.
///
///     c(n) = c_i (n / n_i)^a,   a = log(c_i+1 / c_i) / log(n_i+1 / n_i)   for n_i <= n <= n_i+1
///
/// Before the first point the cost is the first point's; behind the last point the last law goes on, and the
/// value is an extrapolation (of a whole sequence: `of_sequence`). Costs in seconds; lengths in tokens.
class CostCurve {
 public:
  /// @throws value_error unless lengths ascend and lengths and costs are positive
  void add(double length, double cost) {
    require<value_error>(length > 0 && cost > 0 && (points_.empty() || length > points_.back().length),
                         "CostCurve::add: cost {} at length {}, expected ascending lengths and > 0", cost,
                         length);
    points_.push_back({length, cost});
  }

  /// Whether c(length) lies behind the last point.
  bool extrapolated(double length) const { return points_.empty() || length > points_.back().length; }

  /// c(length).
  double at(double length) const {
    require_points();
    if (length <= points_.front().length) return points_.front().cost;
    const std::size_t i = piece(length);
    return points_[i].cost * std::pow(length / points_[i].length, exponent(i));
  }

  /// c(length) of a whole sequence: behind the last point a token costs at least what it costs there. (A slow
  /// point before the last would make the last law fall.)
  double of_sequence(double length) const {
    if (!extrapolated(length)) return at(length);
    require_points();
    return std::max(at(length), points_.back().cost * length / points_.back().length);
  }

  /// The sum over n = 1 .. length of c(n), as an integral: what a sequence costs whose n-th token costs c(n).
  double total(double length) const {
    require_points();
    double sum = std::min(length, points_.front().length) * points_.front().cost;
    for (std::size_t i = 0; i < points_.size() && length > points_[i].length; ++i) {
      const bool last = i + 1 == points_.size();
      const double ratio = (last ? length : std::min(length, points_[i + 1].length)) / points_[i].length;
      const double a = exponent(last && i > 0 ? i - 1 : i);
      const double scale = points_[i].cost * points_[i].length;
      sum +=
          std::abs(a + 1) < 1e-9 ? scale * std::log(ratio) : scale * (std::pow(ratio, a + 1) - 1) / (a + 1);
    }
    return sum;
  }

  /// The exponent of the last law: 0 for a cost that does not depend on the length.
  double last_exponent() const { return points_.size() < 2 ? 0 : exponent(points_.size() - 2); }

 private:
  struct Point {
    double length;
    double cost;
  };

  void require_points() const {
    require<value_error>(!points_.empty(), "CostCurve: no points, expected at least one");
  }
  // The point whose law holds at a length behind the first point.
  std::size_t piece(double length) const {
    std::size_t i = 0;
    while (i + 2 < points_.size() && length > points_[i + 1].length) ++i;
    return i;
  }
  double exponent(std::size_t i) const {
    if (i + 1 >= points_.size()) return 0;
    return std::log(points_[i + 1].cost / points_[i].cost) /
           std::log(points_[i + 1].length / points_[i].length);
  }

  std::vector<Point> points_;
};

}  // namespace flashvideo::baselines
