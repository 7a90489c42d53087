// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/data/clip_source.hpp"
#include "flashvideo/tokenizer/text/normalized_words.hpp"

namespace flashvideo {

/// Whether a caption says which side something is on: one of its words begins with "left" or "right" or has "clockwise" in
/// it. The mirrored clip would then not be what the caption says.
inline bool names_a_side(std::string_view caption) {
  const std::vector<std::string> words = normalized_words(caption);
  return std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return word.starts_with("left") || word.starts_with("right") ||
           word.find("clockwise") != std::string::npos;
  });
}

/// The first clips of a source, and behind them the mirrored ones (left and right changed) of those whose captions
/// name no side.
/// @code MirroredClips both(folder, *folder.size()); @endcode
class MirroredClips {
 public:
  /// @param clips of the source that are taken
  /// @throws value_error unless clips is at least 1
  MirroredClips(AnyClipSource source, index_t clips) : source_(std::move(source)) {
    require<value_error>(clips >= 1, "MirroredClips: clips is {}, expected >= 1", clips);
    for (index_t i = 0; i < clips; ++i) originals_.push_back(i);
    for (index_t i = 0; i < clips; ++i) {
      if (!names_a_side(source_.caption(i))) originals_.push_back(i);
    }
    plain_ = clips;
  }

  /// Of each clip, the source's.
  const std::vector<index_t>& originals() const { return originals_; }

  /// Clip i of the source, or a mirrored one.
  /// @throws value_error unless 0 <= i < *size()
  Clip clip(index_t i) const {
    Clip clip = source_.clip(original(i));
    if (i < plain_) return clip;
    const auto pixels = static_cast<index_t>(clip.frames.size()) / 3;
    for (index_t row = 0; row < pixels; row += clip.size.width) {
      for (index_t left = row, right = row + clip.size.width - 1; left < right; ++left, --right)
        std::swap_ranges(clip.frames.data() + 3 * left, clip.frames.data() + 3 * left + 3,
                         clip.frames.data() + 3 * right);
    }
    return clip;
  }
  /// That of the original.
  std::string caption(index_t i) const { return source_.caption(original(i)); }
  /// That of the original.
  std::string caption_place(index_t i) const { return source_.caption_place(original(i)); }
  /// Of the source's pictures, and that they are mirrored too.
  std::string fingerprint(const ProgressHook& progress = {}) const {
    return source_.fingerprint(progress) + "-mirrored";
  }
  /// Clips and mirrored ones.
  std::optional<index_t> size() const { return static_cast<index_t>(originals_.size()); }
  /// The source's.
  ClipSize clip_size() const { return source_.clip_size(); }

 private:
  index_t original(index_t i) const {
    require<value_error>(i >= 0 && i < *size(), "MirroredClips: number is {}, expected 0..{}", i,
                         *size() - 1);
    return originals_[static_cast<std::size_t>(i)];
  }

  AnyClipSource source_;
  index_t plain_ = 0;
  std::vector<index_t> originals_;
};

}  // namespace flashvideo
