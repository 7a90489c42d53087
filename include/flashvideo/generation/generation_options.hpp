// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/core/error.hpp"
#include "flashvideo/generation/draft.hpp"
#include "flashvideo/generation/sampler.hpp"
#include "flashvideo/sequence/interpolation_schedule.hpp"

namespace flashvideo {

/// What to generate. The defaults are the paper's: 5 key frames, 3 frames in each gap, one round: 17 frames.
struct GenerationOptions {
  std::uint64_t seed = 0;  ///< same seed, same video, alone or in a batch
  index_t key_frames = 5;  ///< F >= 1
  index_t between =
      3;  ///< n, frames put into each gap; (n, spacing) must be among those the model was trained for
  index_t rounds = 1;          ///< 0: key frames only
  index_t frames = 0;          ///< cut the video to this many frames (fewer key frames are made); 0: all
  SamplingOptions sampling{};  ///< how a token is drawn from its logits
  double guidance =
      1;  ///< s of the logits u + s (c - u), c with the text and u without, within [-1000, 1000];
          ///< 1: off, u is not computed
  bool text_effect =
      false;  ///< tell how much more probable the text makes the sampled tokens: sum of log p with the
              ///< text - log p without (`TokenCounts::text_effect`); does not change the video
  double inherit = 0.2;  ///< share of the stable tokens that interpolated frames copy, in [0, 1]
  index_t ring = 1;      ///< tokens this near to a different one are not copied
  index_t lanes = 4;     ///< gaps interpolated side by side, >= 1; does not change the video
  index_t lookahead =
      4;  ///< key frames written ahead of the frame to be shown next, >= 1; does not change the video
  index_t longest_span = 64;  ///< tokens of one lane in one step, >= 1; does not change the video
  index_t speculation = 16;   ///< tokens of the longest draft, 0: none; does not change the video
  DraftLength draft_length = DraftLength::adaptive;  ///< does not change the video
  Drafter drafter = PreviousFrameDraft{};            ///< where guesses come from; does not change the video

  /// The order of `rounds` rounds of `between` frames.
  InterpolationSchedule schedule() const { return InterpolationSchedule(between, rounds); }
  /// Whether each lane is computed without its text too.
  bool needs_textless() const { return guidance != 1 || text_effect; }
  /// Key frames that are written, given the cut.
  index_t key_frame_count() const { return frames == 0 ? key_frames : schedule().key_frames_for(frames); }
  /// Frames of the video.
  index_t frame_count() const { return frames == 0 ? schedule().frame_count(key_frames) : frames; }

  /// @throws value_error naming the option out of range
  void check() const {
    sampling.check();
    const auto at_least = [](index_t value, index_t least, const char* what) {
      require<value_error>(value >= least, "GenerationOptions: {} is {}, expected >= {}", what, value, least);
    };
    at_least(key_frames, 1, "key_frames");
    at_least(frames, 0, "frames");
    at_least(ring, 0, "ring");
    at_least(lanes, 1, "lanes");
    at_least(lookahead, 1, "lookahead");
    at_least(longest_span, 1, "longest_span");
    at_least(speculation, 0, "speculation");
    require<value_error>(inherit >= 0 && inherit <= 1,
                         "GenerationOptions: inherit is {}, expected within [0, 1]", inherit);
    require<value_error>(guidance >= -1000 && guidance <= 1000,
                         "GenerationOptions: guidance is {}, expected within [-1000, 1000]", guidance);
    schedule();
  }
};

}  // namespace flashvideo
