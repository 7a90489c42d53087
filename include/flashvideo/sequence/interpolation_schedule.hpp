// SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"

namespace flashvideo {

/// One gap to fill: `between` new frames at display indexes left + spacing, left + 2 spacing, .., between the
/// frames `left` and `right`, which are finished before. (between, spacing) is what an interpolation model is
/// trained for.
struct InterpolationGap {
  index_t round = 1;    ///< 1 .. rounds
  index_t left = 0;     ///< display index
  index_t right = 0;    ///< display index, left + (between + 1) spacing
  index_t between = 1;  ///< n, frames to write
  index_t spacing = 1;  ///< display frames from one frame of the filled gap to the next

  /// Display index of new frame j, j = 1..between (its serial number is j + 1).
  index_t frame(index_t j) const { return left + j * spacing; }
  friend bool operator==(const InterpolationGap&, const InterpolationGap&) = default;
};

/// When which gap is filled if `between` (n) frames are put into every gap, `rounds` times over: (F-1)
/// (n+1)^rounds + 1 frames from F key frames. Gaps come depth first, left to right: as soon as a gap of the
/// last round is filled, every frame up to its right end is finished, so frames come out in display order and
/// few wait.
///
/// @code
/// const InterpolationSchedule schedule(3, 1);
/// index_t frames = schedule.frame_count(5);                 // 17
/// for (const InterpolationGap& gap : schedule.gaps(5)) { }  // (0,4) (4,8) (8,12) (12,16)
/// @endcode
class InterpolationSchedule {
 public:
  /// @throws value_error unless rounds >= 0, between >= 1 (>= 0 with no round) and all counts fit in index_t
  InterpolationSchedule(index_t between, index_t rounds) : between_(between), rounds_(rounds) {
    require<value_error>(rounds >= 0, "InterpolationSchedule: rounds is {}, expected >= 0", rounds);
    require<value_error>(between >= (rounds > 0 ? 1 : 0),
                         "InterpolationSchedule: between is {}, expected >= 1", between);
    for (index_t r = 0; r < rounds; ++r) {
      require<value_error>(stride_ <= limit / (between + 1),
                           "InterpolationSchedule: ({} + 1)^{} frames per key frame are too many", between,
                           rounds);
      stride_ *= between + 1;
    }
  }

  /// Frames of a video of `key_frames` (F >= 1): (F-1)(n+1)^rounds + 1.
  /// @throws value_error unless key_frames >= 1 and the frames fit in index_t
  index_t frame_count(index_t key_frames) const {
    require<value_error>(key_frames >= 1 && key_frames - 1 <= (limit - 1) / stride_,
                         "InterpolationSchedule::frame_count: key_frames is {}, expected 1 .. {}", key_frames,
                         (limit - 1) / stride_ + 1);
    return (key_frames - 1) * stride_ + 1;
  }

  /// Smallest number of key frames whose video has at least `frames` (>= 1) frames.
  /// @throws value_error unless frames >= 1
  index_t key_frames_for(index_t frames) const {
    require<value_error>(frames >= 1, "InterpolationSchedule::key_frames_for: frames is {}, expected >= 1",
                         frames);
    return (frames - 1) / stride_ + ((frames - 1) % stride_ != 0 ? 1 : 0) + 1;
  }

  /// Display index of key frame k, k = 0..F-1.
  index_t display_index(index_t key_frame) const { return key_frame * stride_; }

  /// Spacing of the gaps of a round: (n+1)^(rounds - round).
  /// @throws value_error unless 1 <= round <= rounds
  index_t spacing(index_t round) const {
    require<value_error>(round >= 1 && round <= rounds_,
                         "InterpolationSchedule::spacing: round is {}, expected 1 .. {}", round, rounds_);
    index_t spacing = 1;
    for (index_t r = round; r < rounds_; ++r) spacing *= between_ + 1;
    return spacing;
  }

  /// Gaps between key frames k and k + 1, depth first; memory does not depend on the video's length.
  std::vector<InterpolationGap> gaps_after(index_t key_frame) const {
    std::vector<InterpolationGap> gaps;
    if (rounds_ > 0) descend(1, display_index(key_frame), gaps);
    return gaps;
  }

  /// All gaps of a video of `key_frames` key frames, depth first.
  /// @throws value_error unless key_frames >= 1 and the frames fit in index_t
  std::vector<InterpolationGap> gaps(index_t key_frames) const {
    frame_count(key_frames);
    std::vector<InterpolationGap> gaps;
    if (rounds_ > 0)
      for (index_t k = 0; k + 1 < key_frames; ++k) descend(1, display_index(k), gaps);
    return gaps;
  }

  /// n, frames put into each gap.
  index_t between() const { return between_; }
  /// How many times every gap is filled.
  index_t rounds() const { return rounds_; }
  /// Display frames from one key frame to the next, (n+1)^rounds.
  index_t stride() const { return stride_; }

 private:
  static constexpr index_t limit = (std::numeric_limits<index_t>::max)();

  void descend(index_t round, index_t left, std::vector<InterpolationGap>& gaps) const {
    const index_t step = spacing(round);
    gaps.push_back({round, left, left + (between_ + 1) * step, between_, step});
    if (round == rounds_) return;
    for (index_t j = 0; j <= between_; ++j) descend(round + 1, left + j * step, gaps);
  }

  index_t between_;
  index_t rounds_;
  index_t stride_ = 1;
};

}  // namespace flashvideo
