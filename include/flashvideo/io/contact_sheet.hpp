// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/io/image.hpp"

namespace flashvideo {

/// Pictures of equal extents in a grid, row by row, with thin gaps between and around them. `columns` = 0
/// chooses about as many columns as rows.
/// @throws value_error without pictures
/// @throws shape_error when extents differ
/// @code
/// write_png("sheet.png", contact_sheet(frames));
/// @endcode
inline Image contact_sheet(std::span<const Image> pictures, index_t columns = 0, index_t gap = 2,
                           Rgb background = {64, 64, 64}) {
  const index_t count = static_cast<index_t>(pictures.size());
  require<value_error>(count >= 1 && columns >= 0 && gap >= 0,
                       "contact_sheet: {} pictures, {} columns, a gap of {}, expected >= 1, >= 0, >= 0",
                       count, columns, gap);
  if (columns == 0) columns = static_cast<index_t>(std::ceil(std::sqrt(static_cast<double>(count))));
  columns = (std::min)(columns, count);
  const index_t rows = (count + columns - 1) / columns;
  const Image& first = pictures.front();
  Image sheet(rows * (first.height() + gap) + gap, columns * (first.width() + gap) + gap, background);
  for (index_t i = 0; i < count; ++i) {
    const Image& picture = pictures[static_cast<std::size_t>(i)];
    require<shape_error>(picture.same_extents(first),
                         "contact_sheet: picture {} is {} x {} pixels, expected {} x {}", i, picture.width(),
                         picture.height(), first.width(), first.height());
    paste(sheet, picture, gap + i / columns * (first.height() + gap),
          gap + i % columns * (first.width() + gap));
  }
  return sheet;
}

/// Keeps at most `capacity` evenly spaced frames of a video of any length: every stride-th frame from the
/// first on; when full, every second kept frame goes and the stride doubles.
/// @code
/// FrameSampler sampler(64);
/// for (const Image& frame : frames) sampler.add(frame);
/// Image sheet = contact_sheet(sampler.frames());
/// @endcode
class FrameSampler {
 public:
  /// @throws value_error unless capacity >= 2
  explicit FrameSampler(index_t capacity = 64) : capacity_(capacity) {
    require<value_error>(capacity >= 2, "FrameSampler: capacity is {}, expected >= 2", capacity);
  }

  /// The next frame of the video.
  void add(const Image& frame) {
    if (seen_++ % stride_ != 0) return;
    if (static_cast<index_t>(frames_.size()) == capacity_) {
      std::size_t kept = 1;
      for (std::size_t i = 2; i < frames_.size(); i += 2) frames_[kept++] = std::move(frames_[i]);
      frames_.resize(kept);
      stride_ *= 2;
      if ((seen_ - 1) % stride_ != 0) return;
    }
    frames_.push_back(frame);
  }

  /// Those kept, in order.
  std::span<const Image> frames() const { return frames_; }
  /// Distance of the kept frames.
  index_t stride() const { return stride_; }

 private:
  index_t capacity_;
  index_t seen_ = 0;
  index_t stride_ = 1;
  std::vector<Image> frames_;
};

}  // namespace flashvideo
