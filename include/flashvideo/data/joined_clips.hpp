// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/data/clip_source.hpp"
#include "flashvideo/io/fingerprint.hpp"

namespace flashvideo {

/// The clips of several sources of one extent, one source after the other: two cameras, a set and a folder of one's
/// own.
/// @throws value_error when there is no source, one is without end, or their clips differ in extent
/// @code JoinedClips clips({RobotPushing(dir, {.camera = RobotCamera::main}), RobotPushing(dir)}); @endcode
class JoinedClips {
 public:
  /// @param sources the parts, at least one
  explicit JoinedClips(std::vector<AnyClipSource> sources) : sources_(std::move(sources)) {
    require<value_error>(!sources_.empty(), "JoinedClips: no source, expected at least one");
    for (std::size_t part = 0; part < sources_.size(); ++part) {
      const auto size = sources_[part].size();
      require<value_error>(size.has_value(), "JoinedClips: source {} is without end", part);
      const ClipSize& first = sources_[0].clip_size();
      const ClipSize& other = sources_[part].clip_size();
      require<value_error>(other == first,
                           "JoinedClips: source {} has clips of {} x {} x {}, expected {} x {} x {} as the "
                           "first (frames, height, width)",
                           part, other.num_frames, other.height, other.width, first.num_frames, first.height,
                           first.width);
      size_ += *size;
    }
  }

  /// Clip i, counted through the sources.
  /// @throws value_error for a number outside 0 .. *size() - 1
  Clip clip(index_t i) const {
    const Place place = find(i);
    return place.source.clip(place.index);
  }
  /// Its caption.
  std::string caption(index_t i) const {
    const Place place = find(i);
    return place.source.caption(place.index);
  }
  /// Where its source says that the caption stands.
  std::string caption_place(index_t i) const {
    const Place place = find(i);
    return place.source.caption_place(place.index);
  }
  /// Number of clips.
  std::optional<index_t> size() const { return size_; }
  /// Of every clip.
  ClipSize clip_size() const { return sources_[0].clip_size(); }
  /// Names what all sources are made of, in their order.
  std::string fingerprint(const ProgressHook& progress = {}) const {
    Fingerprint print;
    for (const AnyClipSource& source : sources_) {
      const std::string part = source.fingerprint(progress);
      print.add(std::vector<char>(part.begin(), part.end()));
    }
    return print.text();
  }

 private:
  struct Place {
    const AnyClipSource& source;
    index_t index;
  };
  Place find(index_t i) const {
    require<value_error>(i >= 0 && i < size_, "JoinedClips::clip: number is {}, expected 0..{}", i,
                         size_ - 1);
    for (const AnyClipSource& source : sources_) {
      if (i < *source.size()) return {source, i};
      i -= *source.size();
    }
    return {sources_.back(), i};  // not reached: i is less than the sum
  }

  std::vector<AnyClipSource> sources_;
  index_t size_ = 0;
};

}  // namespace flashvideo
