// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/core/random.hpp"
#include "flashvideo/metrics/frame_resize.hpp"

namespace flashvideo {

/// Which clips of a longer video are taken.
enum class ClipChoice {
  first,         ///< its first frames
  every_window,  ///< every run of frames, one frame apart
  random,        ///< one run for each, drawn by the seed
  spread         ///< several runs, evenly spread from its first frames to its last
};

/// The clips of videos that are longer than a clip: which runs of frames they are, and which crops of them.
/// @code ClipWindows windows{.frames = 16, .choice = ClipChoice::random, .seed = 1}; @endcode
struct ClipWindows {
  index_t frames = 16;                    ///< of a clip
  index_t stride = 1;                     ///< from one frame of a clip to its next
  ClipChoice choice = ClipChoice::first;  ///< which of a video's runs are clips
  std::uint64_t seed = 0;                 ///< of `ClipChoice::random`
  index_t runs = 1;                       ///< of `ClipChoice::spread`
  index_t crops = 1;  ///< clips of each run, spread along the pictures' longer side; 1: the middle

  /// @throws value_error unless all counts are at least 1
  void check() const {
    require<value_error>(frames >= 1 && stride >= 1,
                         "ClipWindows: {} frames, every {} of the video, expected >= 1", frames, stride);
    require<value_error>(runs >= 1 && crops >= 1, "ClipWindows: {} runs of {} crops, expected >= 1", runs,
                         crops);
  }
  /// Frames of a video from a clip's first to its last.
  index_t reach() const { return (frames - 1) * stride + 1; }
  /// Clips of a video of so many frames; 0 when it is too short.
  index_t count(index_t video_frames) const {
    if (video_frames < reach()) return 0;
    const index_t starts = choice == ClipChoice::every_window ? video_frames - reach() + 1
                           : choice == ClipChoice::spread     ? runs
                                                              : 1;
    return starts * crops;
  }
  /// The video's frame at which one of its clips begins.
  /// @param video its number, a random run is a function of this and the seed
  /// @param clip 0 .. count(video_frames) - 1
  index_t first_frame(index_t video_frames, std::uint64_t video, index_t clip) const {
    const index_t run = clip / crops, last = video_frames - reach();
    if (choice == ClipChoice::spread) return runs == 1 ? last / 2 : last * run / (runs - 1);
    if (choice != ClipChoice::random) return run;
    return RandomStream(RandomAddress{seed, 0, video}).below(last + 1);
  }
  /// The crop of one of its clips.
  CropPlace crop(index_t clip) const { return crops == 1 ? CropPlace{} : CropPlace{clip % crops, crops}; }
};

}  // namespace flashvideo
