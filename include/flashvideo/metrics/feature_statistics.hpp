// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/io/safetensors_file.hpp"
#include "flashvideo/io/safetensors_writer.hpp"

namespace flashvideo {

/// Mean and covariance of features, one video's after another's; memory does not grow with their number.
///
/// Sums are kept as Welford keeps them (differences from the running mean), in double, so that 100,000 videos
/// lose nothing. Two halves of a set can be merged.
/// @code
/// FeatureStatistics real(400);
/// for (const auto& video : videos) real.add(network.logits(frames, video));
/// real.save("real.safetensors", "fvd, protocol tats_ucf101, ...");
/// @endcode
class FeatureStatistics {
 public:
  /// @param width numbers of one feature
  /// @throws value_error unless >= 1
  explicit FeatureStatistics(index_t width) {
    require<value_error>(width >= 1, "FeatureStatistics: width is {}, expected >= 1", width);
    mean_.resize(static_cast<std::size_t>(width));
    scatter_.resize(static_cast<std::size_t>(width * width));
  }

  /// @throws shape_error for a feature of another width
  void add(std::span<const float> feature) {
    require<shape_error>(feature.size() == mean_.size(), "FeatureStatistics::add: {} numbers, expected {}",
                         feature.size(), mean_.size());
    const std::size_t n = mean_.size();
    ++count_;
    std::vector<double> before(n), after(n);
    for (std::size_t i = 0; i < n; ++i) {
      before[i] = static_cast<double>(feature[i]) - mean_[i];
      mean_[i] += before[i] / static_cast<double>(count_);
      after[i] = static_cast<double>(feature[i]) - mean_[i];
    }
    add_outer(1.0, before, after);
  }

  /// Adds the features that another object has seen (Chan et al., 1979).
  /// @throws shape_error for another width
  void merge(const FeatureStatistics& other) {
    require<shape_error>(other.width() == width(), "FeatureStatistics::merge: width is {}, expected {}",
                         other.width(), width());
    if (other.count_ == 0) return;
    const double ours = static_cast<double>(count_), theirs = static_cast<double>(other.count_);
    std::vector<double> delta(mean_.size());
    for (std::size_t i = 0; i < delta.size(); ++i) delta[i] = other.mean_[i] - mean_[i];
    for (std::size_t i = 0; i < scatter_.size(); ++i) scatter_[i] += other.scatter_[i];
    add_outer(ours * theirs / (ours + theirs), delta, delta);
    for (std::size_t i = 0; i < delta.size(); ++i) mean_[i] += delta[i] * theirs / (ours + theirs);
    count_ += other.count_;
  }

  /// Features seen.
  index_t count() const { return count_; }
  /// Numbers of one feature.
  index_t width() const { return static_cast<index_t>(mean_.size()); }
  const std::vector<double>& mean() const { return mean_; }  ///< (width)
  /// Unbiased covariance (width, width), row-major: sums over count - 1; zeros for a single feature.
  std::vector<double> covariance() const {
    std::vector<double> matrix = scatter_;
    for (double& value : matrix) value = count_ > 1 ? value / static_cast<double>(count_ - 1) : 0.0;
    return matrix;
  }

  /// Writes count, mean, sums and the settings they were measured under.
  /// @throws io_error when the file cannot be written
  void save(const std::string& path, const std::string& settings) const {
    SafetensorsWriter writer;
    put(writer, settings);
    writer.write(path);
  }
  /// The same into a file that holds more; must live until it is written.
  void put(SafetensorsWriter& writer, const std::string& settings) const {
    writer.set_metadata("format", "flashvideo feature statistics");
    writer.set_metadata("settings", settings);
    writer.set_metadata("count", std::to_string(count_));
    writer.add<double>("mean", {width()}, mean_);
    writer.add<double>("scatter", {width(), width()}, scatter_);
  }

  /// Reads what `save` wrote.
  /// @throws format_error when the file is none, or was measured under other settings
  static FeatureStatistics load(const std::string& path, const std::string& settings) {
    return read(SafetensorsFile(path), settings);
  }
  /// What `put` wrote.
  /// @throws format_error when the file is none, or was measured under other settings
  static FeatureStatistics read(const SafetensorsFile& file, const std::string& settings) {
    const std::string& path = file.path();
    const auto format = file.metadata().find("format");
    require<format_error>(
        format != file.metadata().end() && format->second == "flashvideo feature statistics",
        "{}: holds no feature statistics (metadata \"format\")", path);
    require<format_error>(file.metadata("settings") == settings,
                          "{}: was measured under \"{}\", expected \"{}\"", path, file.metadata("settings"),
                          settings);
    const std::vector<double> mean = file.read<double>("mean");
    FeatureStatistics statistics(static_cast<index_t>(mean.size()));
    statistics.mean_ = mean;
    statistics.scatter_ = file.read<double>("scatter", {statistics.width(), statistics.width()});
    const std::string& count = file.metadata("count");
    const bool is_number =
        !count.empty() && count.size() <= 18 && count.find_first_not_of("0123456789") == std::string::npos;
    require<format_error>(is_number, "{}: metadata \"count\" is \"{}\", expected a number", path, count);
    statistics.count_ = static_cast<index_t>(std::stoll(count));
    return statistics;
  }

 private:
  void add_outer(double factor, const std::vector<double>& a, const std::vector<double>& b) {
    const std::size_t n = a.size();
    for (std::size_t i = 0; i < n; ++i) {
      const double scaled = factor * a[i];
      double* row = scatter_.data() + i * n;
      for (std::size_t j = 0; j < n; ++j) row[j] += scaled * b[j];
    }
  }

  index_t count_ = 0;
  std::vector<double> mean_;     // (width)
  std::vector<double> scatter_;  // (width, width), sum of (x - mean)(x - mean)^T
};

}  // namespace flashvideo
