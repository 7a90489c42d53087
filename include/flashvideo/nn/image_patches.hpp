// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// Images as rows of pixels, and the two maps between an image and its (overlapping) patches on which
/// convolutions stand.

#include <algorithm>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"

namespace flashvideo {

/// A batch of images kept channels last: a dense matrix (count height width, channels) whose row
/// (b height + y) width + x is the pixel (y, x) of image b. So a 1x1 convolution is a product of rows.
struct ImageExtent {
  index_t count = 0;   ///< B
  index_t height = 0;  ///< pixels
  index_t width = 0;   ///< pixels

  /// Pixels of an image.
  FLASHVIDEO_HOST_DEVICE index_t pixels() const { return height * width; }
  /// Pixels of the batch.
  FLASHVIDEO_HOST_DEVICE index_t rows() const { return count * height * width; }
  friend bool operator==(const ImageExtent&, const ImageExtent&) = default;
};

/// Square windows on an image, one for each cell of a coarse grid: the window of cell (y, x) covers the
/// pixels [y stride - padding, y stride - padding + kernel) and likewise in x; outside the image lie zeros.
struct PatchGrid {
  ImageExtent fine;      ///< the image
  ImageExtent coarse;    ///< the cells
  index_t channels = 0;  ///< of a pixel
  index_t kernel = 1;    ///< pixels of a window's side
  index_t stride = 1;    ///< pixels from window to window
  index_t padding = 0;   ///< pixels of a window outside the image

  /// Numbers in one window, ordered (ky, kx, channel).
  FLASHVIDEO_HOST_DEVICE index_t patch_size() const { return kernel * kernel * channels; }
  /// Whether every pixel lies in exactly one window.
  bool tiles() const {
    return kernel == stride && padding == 0 && fine.height == coarse.height * stride &&
           fine.width == coarse.width * stride;
  }
};

/// Window of each cell (im2col): patches(i, (ky, kx, c)) = image(y stride - padding + ky, ..., c).
/// One call gathers one cell, counted from `first`.
template <typename Scalar>
struct GatherPatches {
  PatchGrid grid;       ///< which windows
  const Scalar* image;  ///< (fine rows, channels)
  Scalar* patches;      ///< (cells, patch_size)
  index_t first = 0;    ///< cell of the first call

  /// Cell first + i.
  FLASHVIDEO_HOST_DEVICE void operator()(index_t i) const {
    const index_t cell = first + i;
    const index_t row = cell / grid.coarse.width;
    const index_t x0 = (cell - row * grid.coarse.width) * grid.stride - grid.padding;
    const index_t b = row / grid.coarse.height;
    const index_t y0 = (row - b * grid.coarse.height) * grid.stride - grid.padding;
    const index_t channels = grid.channels;
    const index_t run = grid.kernel * channels;
    const index_t begin = x0 < 0 ? -x0 * channels : 0;
    const index_t inside = (grid.fine.width - x0) * channels;
    const index_t end = inside < run ? inside : run;
    for (index_t ky = 0; ky < grid.kernel; ++ky) {
      Scalar* out = patches + i * grid.patch_size() + ky * run;
      const index_t y = y0 + ky;
      if (y < 0 || y >= grid.fine.height || end <= begin) {
        for (index_t k = 0; k < run; ++k) out[k] = Scalar{0};
        continue;
      }
      const Scalar* in = image + ((b * grid.fine.height + y) * grid.fine.width + x0) * channels;
      for (index_t k = 0; k < begin; ++k) out[k] = Scalar{0};
      for (index_t k = begin; k < end; ++k) out[k] = in[k];
      for (index_t k = end; k < run; ++k) out[k] = Scalar{0};
    }
  }
};

/// The transposed map (col2im) as a gather: each pixel is the sum of the window entries that lie on it,
/// windows in descending order of (y, x), on top of a bias or of what the image holds. One call makes one
/// pixel.
template <typename Scalar>
struct SumPatches {
  PatchGrid grid;         ///< which windows
  const Scalar* patches;  ///< (coarse rows, patch_size)
  const Scalar* bias;     ///< (channels) or null
  Scalar* image;          ///< (fine rows, channels)
  bool accumulate;        ///< keep what the image holds

  /// Pixel i of the fine rows.
  FLASHVIDEO_HOST_DEVICE void operator()(index_t i) const {
    const index_t row = i / grid.fine.width;
    const index_t x = i - row * grid.fine.width + grid.padding;
    const index_t b = row / grid.fine.height;
    const index_t y = row - b * grid.fine.height + grid.padding;
    const index_t channels = grid.channels;
    Scalar* out = image + i * channels;
    if (!accumulate) {
      for (index_t c = 0; c < channels; ++c) out[c] = bias != nullptr ? bias[c] : Scalar{0};
    }
    const index_t cell_y = y / grid.stride;
    const index_t cell_x = x / grid.stride;
    for (index_t ky = y - cell_y * grid.stride, cy = cell_y; ky < grid.kernel && cy >= 0;
         ky += grid.stride, --cy) {
      if (cy >= grid.coarse.height) continue;
      for (index_t kx = x - cell_x * grid.stride, cx = cell_x; kx < grid.kernel && cx >= 0;
           kx += grid.stride, --cx) {
        if (cx >= grid.coarse.width) continue;
        const Scalar* in = patches +
                           ((b * grid.coarse.height + cy) * grid.coarse.width + cx) * grid.patch_size() +
                           (ky * grid.kernel + kx) * channels;
        for (index_t c = 0; c < channels; ++c) out[c] = out[c] + in[c];
      }
    }
  }
};

/// SumPatches where the windows tile the image: a copy, one call for one cell.
template <typename Scalar>
struct ScatterTiles {
  PatchGrid grid;         ///< which windows
  const Scalar* patches;  ///< (coarse rows, patch_size)
  const Scalar* bias;     ///< (channels) or null
  Scalar* image;          ///< (fine rows, channels)
  bool accumulate;        ///< keep what the image holds

  /// Cell i of the coarse rows.
  FLASHVIDEO_HOST_DEVICE void operator()(index_t i) const {
    const index_t row = i / grid.coarse.width;
    const index_t x0 = (i - row * grid.coarse.width) * grid.stride;
    const index_t channels = grid.channels;
    const index_t run = grid.kernel * channels;
    for (index_t ky = 0; ky < grid.kernel; ++ky) {
      const Scalar* in = patches + i * grid.patch_size() + ky * run;
      Scalar* out = image + ((row * grid.stride + ky) * grid.fine.width + x0) * channels;
      if (accumulate) {
        for (index_t k = 0; k < run; ++k) out[k] = out[k] + in[k];
      } else if (bias == nullptr) {
        for (index_t k = 0; k < run; ++k) out[k] = in[k];
      } else {
        for (index_t k = 0; k < run; k += channels) {
          for (index_t c = 0; c < channels; ++c) out[k + c] = bias[c] + in[k + c];
        }
      }
    }
  }
};

namespace nn_detail {

/// Images of a slice whose patch matrix stays near `budget` numbers, so that it is still in the cache when
/// the product reads it; at least one.
inline index_t images_of_slice(const PatchGrid& grid, index_t budget = index_t{1} << 19) {
  const index_t image_patches = std::max<index_t>(1, grid.coarse.pixels() * grid.patch_size());
  return std::clamp<index_t>(budget / image_patches, 1, std::max<index_t>(1, grid.fine.count));
}

/// Cells of a slice, of one image or of several, whose patch matrix stays near `budget` numbers.
inline index_t cells_of_slice(const PatchGrid& grid, index_t budget = index_t{1} << 19) {
  constexpr index_t fewest = 256;  // so that a product's threads and tiles are filled
  const index_t cells = budget / std::max<index_t>(1, grid.patch_size());
  return (std::min)((std::max)(cells, fewest), std::max<index_t>(1, grid.coarse.rows()));
}

/// The same grid over `count` images.
inline PatchGrid slice_of(PatchGrid grid, index_t count) {
  grid.fine.count = count;
  grid.coarse.count = count;
  return grid;
}

template <typename Backend, typename Scalar>
void gather_patches(const Backend& backend, const PatchGrid& grid, const Scalar* image, Scalar* patches) {
  backend.for_each(grid.coarse.rows(), GatherPatches<Scalar>{grid, image, patches}, grid.patch_size());
}

template <typename Backend, typename Scalar>
void sum_patches(const Backend& backend, const PatchGrid& grid, const Scalar* patches, const Scalar* bias,
                 Scalar* image, bool accumulate) {
  if (grid.tiles()) {
    backend.for_each(grid.coarse.rows(), ScatterTiles<Scalar>{grid, patches, bias, image, accumulate},
                     grid.patch_size());
  } else {
    const index_t windows = std::max<index_t>(1, grid.kernel / grid.stride);
    backend.for_each(grid.fine.rows(), SumPatches<Scalar>{grid, patches, bias, image, accumulate},
                     grid.channels * windows * windows);
  }
}

}  // namespace nn_detail

}  // namespace flashvideo
