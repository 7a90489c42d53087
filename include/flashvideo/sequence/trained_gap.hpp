// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/core/fields.hpp"

namespace flashvideo {

/// A gap that an interpolation model has learnt to fill: `between` (n) frames, each `spacing` display frames
/// after the one before. A model file lists them; asking for another is an error.
struct TrainedGap {
  index_t between = 3;  ///< n, frames that are written
  index_t spacing = 1;  ///< display frames from one to the next

  /// Names each field (core/fields.hpp).
  template <typename = void>
  void visit(Fields& fields) {
    fields.integer("between", between, at_least(1, 1 << 20), "frames put into the gap");
    fields.integer("spacing", spacing, at_least(1, 1 << 20), "frames of the video from one to the next");
  }
  friend bool operator==(const TrainedGap&, const TrainedGap&) = default;
};

}  // namespace flashvideo
