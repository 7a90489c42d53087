// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/metrics/lpips.hpp"
#include "flashvideo/metrics/protocol.hpp"
#include "flashvideo/metrics/psnr.hpp"
#include "flashvideo/metrics/ssim.hpp"

namespace example {

using flashvideo::index_t;

/// One metric of pairs: a value for each frame of each video, the best of several samples where the protocol asks.
class PairedScore {
 public:
  PairedScore(std::string name, bool higher_is_better, index_t frames)
      : name_(std::move(name)),
        higher_is_better_(higher_is_better),
        sums_(static_cast<std::size_t>(frames)) {}

  /// The values (frames) of one sample of the video at hand; `over_all` is what samples are compared by.
  void add_sample(std::vector<double> values, double over_all) {
    if (best_ && !(higher_is_better_ ? over_all > best_->second : over_all < best_->second)) return;
    best_.emplace(std::move(values), over_all);
  }
  /// The video at hand is done.
  void end_video(bool per_video) {
    if (!best_) return;
    for (std::size_t t = 0; t < sums_.size(); ++t) sums_[t] += best_->first[t];
    ++videos_;
    if (per_video) {
      numbers_.push_back(best_->second);
    } else {
      numbers_.insert(numbers_.end(), best_->first.begin(), best_->first.end());
    }
    best_.reset();
  }

  const std::string& name() const { return name_; }
  double mean() const {
    double sum = 0;
    for (const double number : numbers_) sum += number;
    return sum / static_cast<double>(numbers_.size());
  }
  /// Of the population, as np.std.
  double deviation() const {
    double sum = 0;
    const double middle = mean();
    for (const double number : numbers_) sum += (number - middle) * (number - middle);
    return std::sqrt(sum / static_cast<double>(numbers_.size()));
  }
  /// Mean over videos at each frame.
  std::vector<double> curve() const {
    std::vector<double> means = sums_;
    for (double& mean : means) mean /= static_cast<double>(videos_);
    return means;
  }
  bool empty() const { return numbers_.empty(); }

 private:
  std::string name_;
  bool higher_is_better_;
  std::vector<double> sums_;  // (frames)
  std::vector<double> numbers_;
  std::optional<std::pair<std::vector<double>, double>> best_;
  index_t videos_ = 0;
};

/// PSNR, SSIM and, with a network, LPIPS of pairs of clips under a protocol.
template <typename Backend>
class PairedScores {
 public:
  /// @param lpips null: not measured
  PairedScores(const flashvideo::MetricProtocol& protocol, const flashvideo::Lpips<Backend>* lpips)
      : protocol_(protocol),
        lpips_(lpips),
        first_(protocol.pairs_with_given ? 0 : protocol.given),
        scores_{{"PSNR", true, frames()}, {"SSIM", true, frames()}} {
    if (lpips_ == nullptr) return;
    scores_.emplace_back("LPIPS", false, frames());
    workspace_.emplace(lpips_->backend());
  }

  /// One sample against the truth, both RGB bytes (frames, height, width, 3).
  void add_sample(std::span<const std::uint8_t> truth, std::span<const std::uint8_t> made) {
    const auto frame_bytes = static_cast<std::size_t>(protocol_.height * protocol_.width * 3);
    std::vector<std::vector<double>> values(scores_.size());
    const flashvideo::Psnr psnr = psnr_rule();
    double error = 0;
    for (index_t t = first_; t < protocol_.frames; ++t) {
      const auto a = truth.subspan(static_cast<std::size_t>(t) * frame_bytes, frame_bytes);
      const auto b = made.subspan(static_cast<std::size_t>(t) * frame_bytes, frame_bytes);
      const double squared = flashvideo::Psnr::mean_squared_error(a, b);
      error += squared / static_cast<double>(frames());
      values[0].push_back(psnr.of_error(squared));
      values[1].push_back(flashvideo::Ssim{protocol_.ssim, protocol_.ssim_clip_variances}(
          a, b, protocol_.height, protocol_.width));
      if (lpips_ != nullptr)
        values[2].push_back(
            (*lpips_)(protocol_.lpips_form, a, b, protocol_.height, protocol_.width, *workspace_));
    }
    for (std::size_t m = 0; m < scores_.size(); ++m) {
      double mean = 0;
      for (const double value : values[m]) mean += value / static_cast<double>(frames());
      const bool of_video = m == 0 && protocol_.psnr_over == flashvideo::PsnrOver::video;
      scores_[m].add_sample(std::move(values[m]), of_video ? psnr.of_error(error) : mean);
    }
  }
  void end_video() {
    for (PairedScore& score : scores_) score.end_video(protocol_.per_video);
  }

  const std::vector<PairedScore>& scores() const { return scores_; }
  /// Number of the first frame that is counted.
  index_t first_frame() const { return first_; }

 private:
  index_t frames() const { return protocol_.frames - first_; }
  flashvideo::Psnr psnr_rule() const {
    if (protocol_.psnr_equal_is_100) return {};
    return {0.0, std::numeric_limits<double>::infinity()};
  }

  flashvideo::MetricProtocol protocol_;
  const flashvideo::Lpips<Backend>* lpips_;
  std::optional<flashvideo::Workspace<Backend>> workspace_;  // one for all frames
  index_t first_;
  std::vector<PairedScore> scores_;
};

}  // namespace example
