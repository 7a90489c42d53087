// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/io/safetensors_file.hpp"
#include "flashvideo/io/safetensors_writer.hpp"

namespace flashvideo {

/// Sums of features' products that the polynomial kernel k(x, y) = (x . y / width + 1)^3 needs: with
///
///     sum_ij k(x_i, y_j) = n m + 3 <X1, Y1> / w + 3 <X2, Y2> / w^2 + <X3, Y3> / w^3,
///
/// X1, X2, X3 the sums of x, x x^T and x x x, memory does not grow with the number of features (for 400 numbers
/// 90 MB), and a pair of sets costs one pass over these sums.
class KernelMoments {
 public:
  /// @param width numbers of one feature
  /// @throws value_error unless >= 1
  explicit KernelMoments(index_t width) : width_(width) {
    require<value_error>(width >= 1, "KernelMoments: width is {}, expected >= 1", width);
    first_.resize(static_cast<std::size_t>(width));
    second_.resize(static_cast<std::size_t>(width * (width + 1) / 2));
    third_.resize(static_cast<std::size_t>(width * (width + 1) * (width + 2) / 6));
  }

  /// @throws shape_error for a feature of another width
  void add(std::span<const float> feature) {
    require<shape_error>(static_cast<index_t>(feature.size()) == width_,
                         "KernelMoments::add: {} numbers, expected {}", feature.size(), width_);
    const std::vector<double> x(feature.begin(), feature.end());
    ++count_;
    double square = 0;
    std::size_t pair = 0, triple = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      square += x[i] * x[i];
      first_[i] += x[i];
      for (std::size_t j = 0; j <= i; ++j) {
        const double product = x[i] * x[j];
        second_[pair++] += product;
        double* sums = third_.data() + triple;
        for (std::size_t k = 0; k <= j; ++k) sums[k] += product * x[k];
        triple += j + 1;
      }
    }
    const double own = square / static_cast<double>(width_) + 1;
    diagonal_ += own * own * own;
  }

  /// Features seen.
  index_t count() const { return count_; }
  /// Numbers of one feature.
  index_t width() const { return width_; }
  /// Sum of k(x_i, x_i).
  double diagonal() const { return diagonal_; }

  /// Sum of k(x_i, y_j) over all pairs.
  /// @throws shape_error for another width
  double sum_with(const KernelMoments& other) const {
    require<shape_error>(other.width_ == width_, "KernelMoments: features of {} and {} numbers", width_,
                         other.width_);
    const double w = static_cast<double>(width_);
    double one = 0, two = 0, three = 0;
    std::size_t pair = 0, triple = 0;
    const auto n = static_cast<std::size_t>(width_);
    for (std::size_t i = 0; i < n; ++i) {
      one += first_[i] * other.first_[i];
      for (std::size_t j = 0; j <= i; ++j, ++pair) {
        two += (i == j ? 1 : 2) * second_[pair] * other.second_[pair];
        for (std::size_t k = 0; k <= j; ++k, ++triple) {
          const int orders = i == j && j == k ? 1 : i == j || j == k ? 3 : 6;
          three += orders * third_[triple] * other.third_[triple];
        }
      }
    }
    return static_cast<double>(count_) * static_cast<double>(other.count_) + 3 * one / w + 3 * two / (w * w) +
           three / (w * w * w);
  }

  /// Adds the sums to a file of feature statistics; must live until it is written.
  void put(SafetensorsWriter& writer) const {
    writer.add_owned<double>("kernel.count_and_diagonal", {2}, {static_cast<double>(count_), diagonal_});
    writer.add<double>("kernel.first", {width_}, first_);
    writer.add<double>("kernel.second", {static_cast<index_t>(second_.size())}, second_);
    writer.add<double>("kernel.third", {static_cast<index_t>(third_.size())}, third_);
  }
  /// Whether a file of feature statistics holds such sums.
  static bool stands_in(const SafetensorsFile& file) { return file.contains("kernel.third"); }
  /// What `put` wrote.
  /// @throws format_error naming a tensor that is missing or of another shape
  static KernelMoments read(const SafetensorsFile& file, index_t width) {
    KernelMoments moments(width);
    const auto counts = file.read<double>("kernel.count_and_diagonal", {2});
    require<format_error>(counts[0] >= 0 && counts[0] < 1e15,
                          "{}: tensor \"kernel.count_and_diagonal\" begins with {}, expected a count",
                          file.path(), counts[0]);
    moments.count_ = static_cast<index_t>(counts[0]);
    moments.diagonal_ = counts[1];
    moments.first_ = file.read<double>("kernel.first", {width});
    moments.second_ = file.read<double>("kernel.second", {static_cast<index_t>(moments.second_.size())});
    moments.third_ = file.read<double>("kernel.third", {static_cast<index_t>(moments.third_.size())});
    return moments;
  }

 private:
  index_t width_;
  index_t count_ = 0;
  double diagonal_ = 0;
  std::vector<double> first_;   // sum of x_i
  std::vector<double> second_;  // sum of x_i x_j, j <= i
  std::vector<double> third_;   // sum of x_i x_j x_k, k <= j <= i
};

/// Squared maximum mean discrepancy under the polynomial kernel of degree 3, unbiased within each set (Binkowski
/// et al., arXiv:1801.01401); with I3D's logits the kernel video distance that TATS reports (it takes equally
/// many videos on both sides).
/// @throws value_error when a side has fewer than two features, shape_error for different widths
inline double kernel_distance(const KernelMoments& a, const KernelMoments& b) {
  require<value_error>(a.count() >= 2 && b.count() >= 2, "kernel_distance: {} and {} features, expected >= 2",
                       a.count(), b.count());
  const auto within = [](const KernelMoments& set) {
    const double n = static_cast<double>(set.count());
    return (set.sum_with(set) - set.diagonal()) / (n * (n - 1));
  };
  return within(a) + within(b) -
         2 * a.sum_with(b) / (static_cast<double>(a.count()) * static_cast<double>(b.count()));
}

}  // namespace flashvideo
