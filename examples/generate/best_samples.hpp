// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "flashvideo/io/image.hpp"

namespace example {

/// A video that is held until it is known whether it is kept.
struct Sample {
  std::uint64_t seed = 0;
  double text_effect = 0;  ///< what is compared
  std::vector<flashvideo::Image> frames{};
};

/// Of each prompt's samples, which come one after another, the one that the text makes most probable beside what it is
/// without the text. Of equals the first. No more than one video is held.
class BestSamples {
 public:
  /// @param samples of each prompt
  explicit BestSamples(std::size_t samples) : samples_(samples) {}

  /// Takes the next sample. @return the best of its prompt, after the last of them
  std::optional<Sample> add(Sample sample) {
    if (taken_ == 0 || sample.text_effect > best_.text_effect) best_ = std::move(sample);
    if (++taken_ < samples_) return std::nullopt;
    taken_ = 0;
    return std::move(best_);
  }

 private:
  std::size_t samples_;
  std::size_t taken_ = 0;  // of the prompt
  Sample best_{};
};

/// What is said of the sample that is kept.
/// @param name of its video where there are several; else empty
/// @param samples of the prompt
inline std::string best_sentence(const std::string& name, const Sample& best, std::size_t samples) {
  return fmt::format("{}seed {} is the best of {}: the text makes it e^{:.2f} times as probable\n",
                     name.empty() ? name : name + ": ", best.seed, samples, best.text_effect);
}

/// What a run that was stopped leaves.
/// @param kept prompts whose best sample was written
inline std::string best_stop_sentence(std::size_t kept, std::size_t prompts, std::size_t samples) {
  return fmt::format("stopped: of {} prompts {} are written, each as the best of all its {} samples", prompts,
                     kept, samples);
}

}  // namespace example
