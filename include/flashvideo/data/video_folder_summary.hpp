// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/core/listed.hpp"

namespace flashvideo {

/// What a `VideoFolder` or `LabelledVideos` found: how many videos of which rates, what it takes of them, and what it leaves
/// out.
struct VideoFolderSummary {
  std::string folder{};                    ///< its path
  index_t num_frames = 0;                  ///< of a clip
  index_t frame_step = 1;                  ///< the rule `every n-th`
  double frames_per_second = 0;            ///< above 0: the rule `resample`
  index_t num_videos = 0;                  ///< that give clips
  index_t num_clips = 0;                   ///< of all videos
  index_t resampled = 0;                   ///< videos of which not simply every frame is taken
  std::map<std::string, index_t> rates{};  ///< videos of each rate that was met
  std::vector<std::string> too_short{};    ///< videos left out, with their frames
  std::vector<std::string> damaged{};      ///< videos left out, with what is wrong
  std::vector<std::string> missing{};      ///< videos that a list names and that are not there

  /// Adds a video that gives clips.
  /// @param seconds the times of its frames
  /// @param frames those that are taken
  void count(std::span<const double> seconds, std::span<const index_t> frames) {
    ++num_videos;
    ++rates[rate_name(seconds)];
    bool all_in_turn = frames.size() == seconds.size();
    for (std::size_t i = 0; i < frames.size(); ++i) {
      all_in_turn = all_in_turn && frames[i] == static_cast<index_t>(i);
    }
    if (!all_in_turn) ++resampled;
  }

  /// "29.97 frames/s", "variable rate", or "unknown rate" where frames have no times.
  static std::string rate_name(std::span<const double> seconds) {
    const double length = seconds.empty() ? 0.0 : seconds.back() - seconds.front();
    if (length <= 0.0) return seconds.size() == 1 ? "one frame" : "unknown rate";
    const double mean = length / static_cast<double>(seconds.size() - 1);
    for (std::size_t i = 1; i < seconds.size(); ++i) {
      const double difference = seconds[i] - seconds[i - 1] - mean;
      if (difference > mean / 2 || difference < -mean / 2) return "variable rate";
    }
    return fmt::format("{:.4g} frames/s", 1 / mean);
  }

  /// The videos that are left out, the first few by name; empty when there are none.
  std::string left_out() const {
    std::vector<std::string> reasons;
    if (!missing.empty())
      reasons.push_back(fmt::format("{} missing: {}", missing.size(), listed(missing, 5, ", ")));
    if (!too_short.empty())
      reasons.push_back(fmt::format("{} too short: {}", too_short.size(), listed(too_short, 5, ", ")));
    if (!damaged.empty()) reasons.push_back(fmt::format("{} damaged: {}", damaged.size(), listed(damaged)));
    return listed(reasons);
  }

  /// Refuses too much damage, and a whole of which nothing is left.
  /// @param read videos that were looked at. @param most_damaged share of them that may be damaged
  /// @throws format_error naming the damaged videos when they are too many, and when no video can be used
  void check(index_t read, double most_damaged) const {
    const double share = read > 0 ? static_cast<double>(damaged.size()) / static_cast<double>(read) : 0.0;
    require<format_error>(share <= most_damaged, "{}: {} of {} videos {} damaged, at most {} % may be: {}",
                          folder, damaged.size(), read, damaged.size() == 1 ? "is" : "are",
                          100 * most_damaged, listed(damaged));
    require<format_error>(num_videos > 0, "{}: no video can be used: {}", folder,
                          left_out().empty() ? "there is none" : left_out());
  }

  /// All of it in a few lines, each with its end.
  std::string text() const {
    std::vector<std::string> met;
    for (const auto& [rate, videos] : rates) met.push_back(fmt::format("{} of {}", videos, rate));
    const std::string rule =
        frames_per_second > 0
            ? fmt::format("resample: the frames nearest in time to {:g} frames/s", frames_per_second)
        : frame_step > 1 ? fmt::format("every {} frame, whatever the rate", ordinal(frame_step))
                         : "every frame, whatever the rate";
    std::string lines =
        fmt::format("{}: {} video{}, {} clip{} of {} frames\n", folder, num_videos,
                    num_videos == 1 ? "" : "s", num_clips, num_clips == 1 ? "" : "s", num_frames);
    lines += fmt::format("{}; videos: {}", rule, listed(met, 8, ", "));
    if (frames_per_second > 0) lines += fmt::format("; {} resampled", resampled);
    lines += '\n';
    if (!left_out().empty()) lines += fmt::format("left out: {}\n", left_out());
    return lines;
  }

 private:
  /// "2nd", "3rd", "4th", "11th".
  static std::string ordinal(index_t n) {
    const index_t last = n / 10 % 10 == 1 ? 0 : n % 10;
    return fmt::format("{}{}", n, last == 1 ? "st" : last == 2 ? "nd" : last == 3 ? "rd" : "th");
  }
};

}  // namespace flashvideo
