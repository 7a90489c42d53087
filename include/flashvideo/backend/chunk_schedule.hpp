// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <concepts>

#include "flashvideo/core/config.hpp"

namespace flashvideo {

/// How a sequence is cut into chunks: all of `chunk` positions but the last.
struct ChunkSchedule {
  index_t length = 0;  ///< N
  index_t chunk = 1;   ///< C

  /// Number of chunks.
  FLASHVIDEO_HOST_DEVICE index_t count() const { return (length + chunk - 1) / chunk; }
  /// First position of chunk t.
  FLASHVIDEO_HOST_DEVICE index_t begin(index_t t) const { return t * chunk; }
  /// Positions in chunk t.
  FLASHVIDEO_HOST_DEVICE index_t size(index_t t) const {
    return begin(t) + chunk < length ? chunk : length - begin(t);
  }
};

/// A retention mode is a chunk schedule for a sequence of a given length.
template <typename Mode>
concept RetentionMode = std::copy_constructible<Mode> && requires(const Mode& mode) {
  { mode.schedule(index_t{1}) } -> std::same_as<ChunkSchedule>;
};

/// The whole sequence is one chunk. [FlashVideo] eq. (1).
struct Parallel {
  static constexpr const char* name = "parallel";  ///< in messages and names of benchmarks
  /// One chunk of N.
  ChunkSchedule schedule(index_t length) const { return {length, std::max<index_t>(length, 1)}; }
};

/// Every position is a chunk. [FlashVideo] eq. (2).
struct Recurrent {
  static constexpr const char* name = "recurrent";  ///< in messages and names of benchmarks
  /// N chunks of 1.
  ChunkSchedule schedule(index_t length) const { return {length, 1}; }
};

/// Chunks of C positions.
template <index_t C = 64>
struct Chunkwise {
  static_assert(C >= 1, "flashvideo::Chunkwise: C must be at least 1.");
  static constexpr const char* name = "chunkwise";  ///< in messages and names of benchmarks
  /// Chunks of C, the last one shorter.
  ChunkSchedule schedule(index_t length) const { return {length, std::clamp<index_t>(length, 1, C)}; }
};

}  // namespace flashvideo
