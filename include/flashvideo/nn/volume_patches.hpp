// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// Videos as rows of pixels, and the windows on them on which three-dimensional convolutions and poolings stand.

#include <algorithm>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"

namespace flashvideo {

/// A batch of videos kept channels last: a dense matrix (count frames height width, channels) whose row
/// ((b frames + t) height + y) width + x is the pixel (y, x) of frame t of video b. One frame is an image.
struct VolumeExtent {
  index_t count = 0;   ///< videos
  index_t frames = 0;  ///< of each
  index_t height = 0;  ///< px
  index_t width = 0;   ///< px

  /// Pixels of one video.
  FLASHVIDEO_HOST_DEVICE index_t pixels() const { return frames * height * width; }
  /// Pixels of all videos.
  FLASHVIDEO_HOST_DEVICE index_t rows() const { return count * pixels(); }
  friend bool operator==(const VolumeExtent&, const VolumeExtent&) = default;
};

/// Three numbers, one for each axis of a video.
struct VolumeSteps {
  index_t frames = 1;  ///< along time
  index_t height = 1;  ///< downwards
  index_t width = 1;   ///< to the right
  friend bool operator==(const VolumeSteps&, const VolumeSteps&) = default;
};

/// How windows lie beyond the edges.
enum class VolumePadding {
  valid,  ///< not at all: floor((n - kernel) / stride) + 1 windows along an axis
  same  ///< ceil(n / stride) windows; of the missing pixels the smaller half lies in front (TensorFlow's SAME)
};

/// Extents and distances of the windows of a convolution or pooling.
struct VolumeWindow {
  VolumeSteps kernel{};                         ///< extents of a window
  VolumeSteps stride{};                         ///< from one window to the next
  VolumePadding padding = VolumePadding::same;  ///< what lies beyond the edges
};

/// The windows of one video extent, one for each cell of the output: the window of cell (t, y, x) begins at
/// (t, y, x) stride - front; outside the video lie zeros.
struct VolumeGrid {
  VolumeExtent fine{};    ///< the videos
  VolumeExtent coarse{};  ///< the cells, one window each
  VolumeSteps kernel{};   ///< extents of a window
  VolumeSteps stride{};   ///< from one window to the next
  VolumeSteps front{};    ///< missing pixels before the first one

  VolumeGrid() = default;
  /// @throws value_error for a kernel or stride below 1, shape_error for a video smaller than a `valid` window
  VolumeGrid(const VolumeWindow& window, const VolumeExtent& extent)
      : fine(extent), coarse(extent), kernel(window.kernel), stride(window.stride) {
    const auto along = [&](index_t n, index_t size, index_t step, index_t& before, const char* axis) {
      require<value_error>(size >= 1 && step >= 1, "VolumeGrid: kernel {} and stride {}, expected >= 1", size,
                           step);
      if (window.padding == VolumePadding::valid) {
        before = 0;
        require<shape_error>(n >= size, "VolumeGrid: {} of {} is smaller than the window's {}", axis, n,
                             size);
        return (n - size) / step + 1;
      }
      const index_t cells = (n + step - 1) / step;
      before = (std::max<index_t>)((cells - 1) * step + size - n, 0) / 2;
      return cells;
    };
    coarse.frames = along(extent.frames, kernel.frames, stride.frames, front.frames, "frames");
    coarse.height = along(extent.height, kernel.height, stride.height, front.height, "height");
    coarse.width = along(extent.width, kernel.width, stride.width, front.width, "width");
  }

  /// Pixels of one window.
  FLASHVIDEO_HOST_DEVICE index_t window_pixels() const {
    return kernel.frames * kernel.height * kernel.width;
  }
};

/// A cell's place, and where its window begins.
struct VolumePlace {
  index_t video = 0;  ///< which video
  index_t t = 0;      ///< first frame of the window, may be below 0
  index_t y = 0;      ///< first row
  index_t x = 0;      ///< first column

  /// @param cell number of the output cell, row of the coarse matrix
  FLASHVIDEO_HOST_DEVICE VolumePlace(const VolumeGrid& grid, index_t cell) {
    const index_t row = cell / grid.coarse.width;
    const index_t frame = row / grid.coarse.height;
    video = frame / grid.coarse.frames;
    x = (cell - row * grid.coarse.width) * grid.stride.width - grid.front.width;
    y = (row - frame * grid.coarse.height) * grid.stride.height - grid.front.height;
    t = (frame - video * grid.coarse.frames) * grid.stride.frames - grid.front.frames;
  }
};

/// Window of each cell: patches(i, (kt, ky, kx, c)) = video(t + kt, y + ky, x + kx, c), zero outside.
/// One call gathers one cell, counted from `first`.
template <typename Scalar>
struct GatherVolumePatches {
  VolumeGrid grid;      ///< which windows
  index_t channels;     ///< of a pixel
  const Scalar* video;  ///< (fine rows, channels)
  Scalar* patches;      ///< (cells, window_pixels channels)
  index_t first = 0;    ///< number of the first cell gathered

  /// Cell first + i.
  FLASHVIDEO_HOST_DEVICE void operator()(index_t i) const {
    const VolumePlace place(grid, first + i);
    const index_t run = grid.kernel.width * channels;
    const index_t begin = place.x < 0 ? -place.x * channels : 0;
    const index_t inside = (grid.fine.width - place.x) * channels;
    const index_t end = inside < run ? inside : run;
    Scalar* out = patches + i * grid.window_pixels() * channels;
    for (index_t kt = 0; kt < grid.kernel.frames; ++kt) {
      const index_t t = place.t + kt;
      for (index_t ky = 0; ky < grid.kernel.height; ++ky, out += run) {
        const index_t y = place.y + ky;
        if (t < 0 || t >= grid.fine.frames || y < 0 || y >= grid.fine.height || end <= begin) {
          for (index_t k = 0; k < run; ++k) out[k] = Scalar{0};
          continue;
        }
        const Scalar* in =
            video +
            (((place.video * grid.fine.frames + t) * grid.fine.height + y) * grid.fine.width + place.x) *
                channels;
        for (index_t k = 0; k < begin; ++k) out[k] = Scalar{0};
        for (index_t k = begin; k < end; ++k) out[k] = in[k];
        for (index_t k = end; k < run; ++k) out[k] = Scalar{0};
      }
    }
  }
};

}  // namespace flashvideo
