// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/data/clip_source.hpp"
#include "flashvideo/io/fingerprint.hpp"

namespace flashvideo {

/// The clips of several sources of one extent, one of each in turn until all are there: two cameras, a set and a
/// folder of one's own. So the first n clips are of all of them.
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
    }
    for (index_t i = 0, before = -1; before != static_cast<index_t>(places_.size()); ++i) {
      before = static_cast<index_t>(places_.size());
      for (std::size_t part = 0; part < sources_.size(); ++part) {
        if (i < *sources_[part].size()) places_.push_back({part, i});
      }
    }
  }

  /// Clip i.
  /// @throws value_error for a number outside 0 .. *size() - 1
  Clip clip(index_t i) const {
    const Place place = find(i);
    return sources_[place.source].clip(place.index);
  }
  /// Its caption.
  std::string caption(index_t i) const {
    const Place place = find(i);
    return sources_[place.source].caption(place.index);
  }
  /// Where its source says that the caption stands.
  std::string caption_place(index_t i) const {
    const Place place = find(i);
    return sources_[place.source].caption_place(place.index);
  }
  /// Number of clips.
  std::optional<index_t> size() const { return static_cast<index_t>(places_.size()); }
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
    std::size_t source;
    index_t index;
  };
  Place find(index_t i) const {
    require<value_error>(i >= 0 && i < *size(), "JoinedClips::clip: number is {}, expected 0..{}", i,
                         *size() - 1);
    return places_[static_cast<std::size_t>(i)];
  }

  std::vector<AnyClipSource> sources_;
  std::vector<Place> places_;
};

}  // namespace flashvideo
