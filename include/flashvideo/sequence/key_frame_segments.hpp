// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"

namespace flashvideo {

/// Key frames [begin, end) of one decoder sequence that starts at position 0: frame g has serial number g -
/// begin + 1; the first `given` frames are known and absorbed.
struct KeyFrameSegment {
  index_t begin = 0;  ///< first key frame, counted through the video
  index_t end = 0;    ///< behind the last one
  index_t given = 0;  ///< of the segment's first frames: how many are absorbed

  /// Key frames, those given included.
  index_t num_frames() const { return end - begin; }
  friend bool operator==(const KeyFrameSegment&, const KeyFrameSegment&) = default;
};

/// How many of a video's first `frames` frames are key frames, at a spacing of `spacing` >= 1: its frames 0, spacing, ..
inline index_t key_frames_within(index_t frames, index_t spacing) { return (frames + spacing - 1) / spacing; }

/// Splits `total` key frames into segments of at most `num_serials` (M) frames; each later segment starts at
/// position 0 with the last `carried` (c) frames of the one before. So length is unlimited and angles stay
/// small. The first `given` frames of the video are the user's; if they fill a whole segment, only their last
/// c are absorbed. Frames [begin + given, end) of the segments are every frame to be written, once, in order;
/// nothing is returned if all are given.
///
/// @code
/// for (const KeyFrameSegment& s : key_frame_segments(12, 5, 2)) { }  // [0,5) [3,8) [6,11) [9,12), 2 carried
/// @endcode
/// @throws value_error unless total >= 1, M >= 1, 0 <= given <= total, and 1 <= c < M where more than one
/// segment is needed
inline std::vector<KeyFrameSegment> key_frame_segments(index_t total, index_t num_serials, index_t carried,
                                                       index_t given = 0) {
  require<value_error>(total >= 1, "key_frame_segments: total is {}, expected >= 1", total);
  require<value_error>(num_serials >= 1, "key_frame_segments: num_serials is {}, expected >= 1", num_serials);
  require<value_error>(given >= 0 && given <= total, "key_frame_segments: given is {}, expected 0 .. {}",
                       given, total);
  require<value_error>(total <= num_serials || (carried >= 1 && carried < num_serials),
                       "key_frame_segments: carried is {}, expected 1 .. {} for {} key frames", carried,
                       num_serials - 1, total);
  std::vector<KeyFrameSegment> segments;
  for (index_t done = given; done < total;) {
    const bool first = segments.empty() && done < num_serials;
    const index_t begin = first ? 0 : done - carried;
    const index_t end = (std::min)(begin + num_serials, total);
    segments.push_back({begin, end, done - begin});
    done = end;
  }
  return segments;
}

}  // namespace flashvideo
