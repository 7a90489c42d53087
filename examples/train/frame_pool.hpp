// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <utility>
#include <vector>

#include "common/progress_bar.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/data/clip_read_ahead.hpp"
#include "flashvideo/data/clip_source.hpp"
#include "flashvideo/training/objective.hpp"

namespace example {

/// Frames of a number of clips, read by `fill` and kept in memory.
class FramePool {
 public:
  using index_t = flashvideo::index_t;

  /// @param clips at least one; throws value_error else
  FramePool(flashvideo::AnyClipSource source, index_t clips) : source_(std::move(source)), clips_(clips) {
    flashvideo::require<flashvideo::value_error>(clips >= 1, "FramePool: {} clips, expected >= 1", clips);
  }
  /// Reads what is not read yet. @return false when it was asked to stop
  bool fill(ProgressBar& bar, const std::stop_token& stop) {
    const index_t clip_bytes = source_.clip_size().num_bytes();
    const index_t first = static_cast<index_t>(frames_.size()) / clip_bytes;
    flashvideo::ClipReadAhead clips(source_, first, clips_);
    for (index_t i = first; i < clips_; ++i) {
      if (stop.stop_requested()) return false;
      const flashvideo::Clip clip = clips.next();
      frames_.insert(frames_.end(), clip.frames.begin(), clip.frames.end());
      bar.show({.label = "reading clips", .done = i + 1, .total = clips_, .unit = "clips"});
    }
    return true;
  }
  /// Batches for the image tokenizer: frames drawn evenly, a function of the micro-batch alone.
  void operator()(const flashvideo::MicroBatch& micro_batch, index_t batch, std::uint8_t* bytes) const {
    const flashvideo::ClipSize size = source_.clip_size();
    const index_t frame_bytes = size.height * size.width * 3;
    for (index_t i = 0; i < batch; ++i) {
      flashvideo::RandomStream random(micro_batch.sample_address(batch, i));
      const index_t frame = random.below(clips_ * size.num_frames);
      std::copy_n(frames_.begin() + static_cast<std::ptrdiff_t>(frame * frame_bytes), frame_bytes,
                  bytes + i * frame_bytes);
    }
  }

 private:
  flashvideo::AnyClipSource source_;
  index_t clips_;
  std::vector<std::uint8_t> frames_;
};

}  // namespace example
