// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Cholesky>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "flashvideo/io/image.hpp"

namespace prediction {

using flashvideo::index_t;

/// A place on the table, in metres: x towards the viewer of image_main, y to the right.
using GripperPlace = std::array<double, 2>;

/// Reads where the gripper is from a picture of the simulated robot (64 x 64, camera image_main): kernel ridge
/// regression from means of colours and of the arm's three (orange, blue, grey) over patches of 4 x 4, learnt from
/// pictures whose place is known.
///
///     place(p) = mean + sum_i a_i exp(-|f(p) - f(p_i)|^2 / (2 m)),  (K + 0.01 I) a = places - mean
///
/// m is the median squared distance of the pictures learnt from.
class GripperTracker {
 public:
  /// @param pictures, places as many of each, at least 2
  GripperTracker(const std::vector<flashvideo::Image>& pictures, const std::vector<GripperPlace>& places) {
    using namespace flashvideo;
    const auto count = static_cast<index_t>(pictures.size());
    require<value_error>(count >= 2 && places.size() == pictures.size(),
                         "GripperTracker: {} pictures and {} places, expected as many, at least 2", count,
                         places.size());
    features_.resize(count, num_features);
    Eigen::MatrixXd targets(count, 2);
    for (index_t i = 0; i < count; ++i) {
      features_.row(i) = features(pictures[static_cast<std::size_t>(i)]);
      for (int axis = 0; axis < 2; ++axis) {
        targets(i, axis) = places[static_cast<std::size_t>(i)][static_cast<std::size_t>(axis)];
      }
    }
    mean_ = targets.colwise().mean();
    squares_ = features_.rowwise().squaredNorm();
    Eigen::MatrixXd kernel = -2 * features_ * features_.transpose();
    kernel.colwise() += squares_;
    kernel.rowwise() += squares_.transpose();
    std::vector<double> distances;
    for (index_t i = 0; i < count * count; i += 37) distances.push_back(kernel.data()[i]);
    const auto middle = distances.begin() + static_cast<std::ptrdiff_t>(distances.size() / 2);
    std::nth_element(distances.begin(), middle, distances.end());
    scale_ = 0.5 / *middle;
    kernel = (-scale_ * kernel).array().exp().matrix();
    kernel.diagonal().array() += 0.01;
    weights_ = kernel.llt().solve(targets.rowwise() - mean_);
  }

  /// Where the gripper is.
  /// @throws flashvideo::value_error for a picture of another size
  GripperPlace place(const flashvideo::Image& picture) const {
    const Row f = features(picture);
    const Eigen::VectorXd distances =
        (squares_.array() + f.squaredNorm()).matrix() - 2 * features_ * f.transpose();
    const Row at = (-scale_ * distances).array().exp().matrix().transpose() * weights_ + mean_;
    return {at(0), at(1)};
  }

 private:
  using Row = Eigen::RowVectorXd;
  static constexpr index_t side = 64, patch = 4, cells = side / patch;
  static constexpr index_t num_features = cells * cells * 9;

  static Row features(const flashvideo::Image& picture) {
    using namespace flashvideo;
    require<value_error>(picture.height() == side && picture.width() == side,
                         "GripperTracker: a picture of {} x {} pixels, expected {} x {}", picture.width(),
                         picture.height(), side, side);
    Row sums = Row::Zero(num_features);
    for (index_t y = 0; y < side; ++y) {
      for (index_t x = 0; x < side; ++x) {
        const Rgb pixel = picture.get(y, x);
        const double r = pixel.red / 255.0, g = pixel.green / 255.0, b = pixel.blue / 255.0;
        const bool orange = r - b > 0.55 && r - g > 0.3;
        const bool blue = b - r > 0.25 && b > 0.6 && g > 0.4;
        const bool grey = std::abs(r - g) < 0.06 && std::abs(g - b) < 0.06 && r > 0.3 && r < 0.75;
        double* of_patch = sums.data() + (y / patch * cells + x / patch) * 9;
        const double values[] = {r, g, b, orange ? 1.0 : 0.0, blue ? 1.0 : 0.0, grey ? 1.0 : 0.0};
        for (int i = 0; i < 6; ++i) of_patch[i] += values[i] / (patch * patch);
      }
    }
    for (index_t cell = 0; cell < cells * cells; ++cell) {
      for (int i = 3; i < 6; ++i) sums(cell * 9 + i + 3) = std::sqrt(sums(cell * 9 + i));
    }
    return sums;
  }

  Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> features_;
  Eigen::VectorXd squares_;
  Eigen::MatrixXd weights_;
  Eigen::RowVectorXd mean_;
  double scale_ = 1;
};

/// The caption of a way, as the set's captions.tsv says it: the longer of the two components.
inline std::string gripper_caption(const GripperPlace& first, const GripperPlace& last) {
  const double dx = last[0] - first[0], dy = last[1] - first[1];
  const char* way = std::abs(dx) > std::abs(dy) ? (dx > 0 ? "to the front" : "to the back")
                                                : (dy > 0 ? "to the right" : "to the left");
  return std::string("a robot arm moves ") + way;
}

}  // namespace prediction
