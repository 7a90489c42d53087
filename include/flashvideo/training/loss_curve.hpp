// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "flashvideo/core/config.hpp"

namespace flashvideo {

/// What one step of a training run was like. Nothing in it depends on the clock, so equal runs leave equal
/// curves.
struct LossRecord {
  double loss = 0;           ///< mean over the step's items
  double learning_rate = 0;  ///< of the step's update
  double gradient_norm = 0;  ///< of the mean's gradient, before clipping
  double items = 0;          ///< tokens, frames, ... in the step

  friend bool operator==(const LossRecord&, const LossRecord&) = default;
};

/// The records of all steps of a run, the first step first.
using LossCurve = std::vector<LossRecord>;

/// The curve as CSV with a heading: step (1 = the first), loss, learning rate, gradient norm, items so far.
/// Numbers read back to the same bits.
inline std::string loss_curve_csv(const LossCurve& curve) {
  std::string text = "step,loss,learning_rate,gradient_norm,items\n";
  double items = 0;
  for (std::size_t i = 0; i < curve.size(); ++i) {
    items += curve[i].items;
    text += fmt::format("{},{},{},{},{:.0f}\n", i + 1, curve[i].loss, curve[i].learning_rate,
                        curve[i].gradient_norm, items);
  }
  return text;
}

namespace training_detail {

/// A round distance of marks so that about five fit into `range`: 1, 2 or 5 times a power of ten.
inline double mark_distance(double range) {
  double distance = 1;
  while (distance * 5 > range) distance /= 10;
  while (distance * 50 <= range) distance *= 10;
  if (distance * 25 <= range) return distance * 5;
  return distance * 10 <= range ? distance * 2 : distance;
}

}  // namespace training_detail

/// The curve as an SVG picture: the loss against the step, each of at most 400 points the mean of its steps.
/// @code write_file("loss.svg", loss_curve_svg(trainer.curve(), "key-frame model")); @endcode
inline std::string loss_curve_svg(const LossCurve& curve, const std::string& title = "loss") {
  constexpr double width = 800;
  constexpr double height = 400;
  constexpr double left = 64;
  constexpr double right = 16;
  constexpr double top = 32;
  constexpr double bottom = 40;
  struct Point {
    double step;
    double loss;
  };
  std::vector<Point> points;
  const std::size_t stride = std::max<std::size_t>(1, (curve.size() + 399) / 400);
  for (std::size_t begin = 0; begin < curve.size(); begin += stride) {
    const std::size_t end = (std::min)(curve.size(), begin + stride);
    double sum = 0;
    for (std::size_t i = begin; i < end; ++i) sum += curve[i].loss;
    points.push_back({static_cast<double>(begin + end + 1) / 2, sum / static_cast<double>(end - begin)});
  }
  double low = points.empty() ? 0 : points[0].loss;
  double high = low;
  for (const Point& point : points) {
    low = (std::min)(low, point.loss);
    high = (std::max)(high, point.loss);
  }
  if (low > 0 && low < high / 2) low = 0;  // a loss near its floor is seen against zero
  if (high <= low) high = low + 1;
  const double steps = std::max<double>(2, static_cast<double>(curve.size()));
  const auto x_of = [&](double step) { return left + (width - left - right) * (step - 1) / (steps - 1); };
  const auto y_of = [&](double loss) { return top + (height - top - bottom) * (high - loss) / (high - low); };

  std::string text = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" font-family=\"sans-serif\" "
      "font-size=\"12\">\n<rect width=\"{0}\" height=\"{1}\" fill=\"white\"/>\n",
      width, height);
  std::string escaped;
  for (const char c : title) {
    escaped += c == '&' ? "&amp;" : (c == '<' ? "&lt;" : std::string(1, c));
  }
  text += fmt::format("<text x=\"{}\" y=\"20\" font-size=\"15\">{}</text>\n", left, escaped);
  const double loss_distance = training_detail::mark_distance(high - low);
  for (int i = static_cast<int>(low / loss_distance); i * loss_distance <= high; ++i) {
    if (i * loss_distance < low) continue;
    const double y = y_of(i * loss_distance);
    text += fmt::format("<path d=\"M{} {:.1f}H{}\" stroke=\"#ddd\"/>\n", left, y, width - right);
    text += fmt::format("<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{:.4g}</text>\n", left - 6, y + 4,
                        i * loss_distance);
  }
  const double step_distance = (std::max)(1.0, training_detail::mark_distance(steps));
  for (double step = step_distance; step <= steps; step += step_distance) {
    text += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{:.0f}</text>\n", x_of(step),
                        height - 20, step);
  }
  text += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">step</text>\n", width - right, height - 4);
  text += "<polyline fill=\"none\" stroke=\"#2a63c4\" stroke-width=\"1.5\" points=\"";
  for (const Point& point : points) text += fmt::format("{:.1f},{:.1f} ", x_of(point.step), y_of(point.loss));
  return text + "\"/>\n</svg>\n";
}

}  // namespace flashvideo
